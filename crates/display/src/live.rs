use crate::screen::{Clock, Screen};
use crate::{Phase, Settings, Style, Verbosity, layout, plain};
use events::{Event, Sink};
use indicatif::TermLike;
use jiff::Timestamp;
use std::io::Write;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

/// How often the block is drawn while something goes on.
const TICK: Duration = Duration::from_millis(100);

/// The view for a person at a terminal: lines that stay scroll by; below them a block of bars moves.
///
/// Between the plan and the first step nothing moves, nor while a person is asked.
pub struct Live {
    inner: Arc<Inner>,
    /// Dropping it ends the ticker.
    _ticker: Option<Sender<()>>,
}

struct Inner {
    state: Mutex<State>,
    settings: Settings,
    clock: Clock,
}

struct State {
    teller: plain::Teller,
    screen: Screen,
    closed: bool,
}

impl Live {
    /// Draws on the process's standard output; errors go to its standard error.
    pub fn stdout(settings: Settings) -> Self {
        let term: Arc<dyn TermLike> = Arc::new(console::Term::buffered_stdout());
        Self::on(term, Some(Box::new(std::io::stderr())), settings, Arc::new(Timestamp::now)).ticking()
    }

    /// Draws on this terminal, when an event comes or [`Live::tick`] is called.
    pub fn on(
        term: Arc<dyn TermLike>,
        err: Option<Box<dyn Write + Send>>,
        settings: Settings,
        clock: Clock,
    ) -> Self {
        let state = State { teller: plain::Teller::default(), screen: Screen::new(term, err), closed: false };
        Self { inner: Arc::new(Inner { state: Mutex::new(state), settings, clock }), _ticker: None }
    }

    /// Lets time pass on the screen by itself too.
    pub fn ticking(mut self) -> Self {
        let (sender, receiver) = channel::<()>();
        let inner: Weak<Inner> = Arc::downgrade(&self.inner);
        let ticker = std::thread::Builder::new().name("display".to_owned()).spawn(move || {
            while receiver.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                let Some(inner) = inner.upgrade() else { break };
                inner.tick();
            }
        });
        // Without a thread to spare the view moves with the events only.
        self._ticker = ticker.ok().map(|_| sender);
        self
    }

    /// Takes the block away for good, e.g. before the process exits in the middle of a run: a shell's prompt must
    /// not stand in it. Never waits: whoever draws at this moment may be the one that is to be ended.
    pub fn close(&self) {
        if let Ok(mut state) = self.inner.state.try_lock() {
            state.closed = true;
            state.screen.show(&[]);
        }
    }

    /// Draws the block as it is now.
    pub fn tick(&self) {
        self.inner.tick();
    }
}

impl Inner {
    fn tick(&self) {
        let Ok(mut state) = self.state.lock() else { return };
        self.draw(&mut state);
    }

    fn style(&self, screen: &Screen) -> Style {
        self.settings.style.with_width(screen.columns())
    }

    fn draw(&self, state: &mut State) {
        let State { teller, screen, closed } = state;
        let lines = if *closed || self.settings.verbosity == Verbosity::Quiet {
            Vec::new()
        } else {
            // The last column stays free: some terminals wrap as soon as it is written.
            let style = self.style(screen).with_width(screen.columns().saturating_sub(1));
            layout::frame(&teller.run, (self.clock)(), style, screen.rows())
        };
        screen.show(&lines);
    }
}

impl Sink for Live {
    fn emit(&self, event: &Event) {
        let Ok(mut state) = self.inner.state.lock() else { return };
        let settings = Settings { style: self.inner.style(&state.screen), ..self.inner.settings.clone() };
        let told = state.teller.tell(event, &settings, plain::Manner::Live);
        // What ends a phase takes the block away before its report is printed.
        if matches!(state.teller.run.phase, Phase::Planned | Phase::Over) {
            state.screen.show(&[]);
        }
        state.screen.print(&told.lines);
        if !told.problem.is_empty() {
            state.screen.complain(&told.problem);
        }
        self.inner.draw(&mut state);
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if let Ok(mut state) = self.inner.state.lock() {
            state.screen.show(&[]);
        }
    }
}
