use std::fmt;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

/// The process-wide request to stop. Whoever registers the signals calls [`Interrupt::trigger`]; every wait and every
/// child ends because of it.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<Mutex<Inner>>);

type Listener = Box<dyn Fn(i32) + Send>;
type Ending = Box<dyn Fn() + Send>;

#[derive(Default)]
struct Inner {
    signal: Option<i32>,
    listeners: Vec<(Weak<()>, Listener)>,
    endings: Vec<(Weak<()>, Ending)>,
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interrupt").field("signal", &self.signal()).finish_non_exhaustive()
    }
}

impl Interrupt {
    /// Not interrupted yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks everything to stop because of this signal. False when it was asked already: every child's whole group has
    /// then been ended, and the caller should exit at once.
    pub fn trigger(&self, signal: i32) -> bool {
        let mut inner = self.lock();
        if inner.signal.is_some() {
            // A child dies with this process, but what it has started itself does not.
            let alive = inner.endings.iter().filter(|(listening, _)| listening.strong_count() > 0);
            alive.for_each(|(_, end)| end());
            return false;
        }
        inner.signal = Some(signal);
        inner.listeners.drain(..).for_each(|(_, listener)| listener(signal));
        true
    }

    /// The signal, once there was one.
    pub fn signal(&self) -> Option<i32> {
        self.lock().signal
    }

    /// Waits this long. `Err` with the signal as soon as there is one.
    pub fn sleep(&self, duration: Duration) -> Result<(), i32> {
        let (sender, receiver) = channel();
        let _listening = self.notify(sender, |signal| signal);
        match receiver.recv_timeout(duration) {
            Ok(signal) => Err(signal),
            Err(RecvTimeoutError::Timeout) => Ok(()),
            // The sender lives in the list until it is told, and is told under the same lock.
            Err(RecvTimeoutError::Disconnected) => self.signal().map_or(Ok(()), Err),
        }
    }

    /// Does this when it is asked to stop a second time; until the answer is dropped.
    pub(crate) fn at_the_end(&self, end: impl Fn() + Send + 'static) -> Arc<()> {
        let listening = Arc::new(());
        let mut inner = self.lock();
        inner.endings.retain(|(listening, _)| listening.strong_count() > 0);
        inner.endings.push((Arc::downgrade(&listening), Box::new(end)));
        listening
    }

    /// Sends a message to this channel on the signal, or at once if it came already; until the answer is dropped.
    pub fn notify<M: Send + 'static>(
        &self,
        sender: Sender<M>,
        message: impl Fn(i32) -> M + Send + 'static,
    ) -> Arc<()> {
        let listening = Arc::new(());
        // A receiver that is gone does not want to be told any more.
        let tell = move |signal| drop(sender.send(message(signal)));
        let mut inner = self.lock();
        match inner.signal {
            Some(signal) => tell(signal),
            None => {
                inner.listeners.retain(|(listening, _)| listening.strong_count() > 0);
                inner.listeners.push((Arc::downgrade(&listening), Box::new(tell)));
            }
        }
        listening
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_ends_with_the_signal_and_so_does_every_later_one() {
        let interrupt = Interrupt::new();
        assert_eq!(interrupt.sleep(Duration::ZERO), Ok(()));
        let other = interrupt.clone();
        let waiting = std::thread::spawn(move || other.sleep(Duration::from_secs(3600)));
        assert!(interrupt.trigger(15));
        assert_eq!(waiting.join().unwrap(), Err(15));
        assert_eq!(interrupt.sleep(Duration::from_secs(3600)), Err(15));
        assert!(!interrupt.trigger(2), "the second one is told apart");
        assert_eq!(interrupt.signal(), Some(15));
    }
}
