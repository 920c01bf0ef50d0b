//! One cell: kill, recover, judge.

use crate::capture::Undisturbed;
use crate::cell::{Cell, Fate, Kill, Moment};
use crate::judge::{self, Defect, Kind};
use crate::tool::{PATIENCE, Reached, Tool};
use crate::worker::{OnPath, Worker};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use support::ends_within;

type Result<T> = std::result::Result<T, Defect>;

/// How long a process that was killed may take to be gone.
const DEATH: Duration = Duration::from_secs(30);

fn missed(text: impl Into<String>) -> Defect {
    Defect::new(Kind::Missed, text)
}

/// What a kill left behind.
#[derive(Default)]
struct Left {
    /// A child that still runs, and what it waits for.
    child: Option<(i32, Option<UnixStream>)>,
    /// An operation that is held.
    operation: bool,
    /// The run has told that it succeeded, and the checkpoint has it: nobody runs it again.
    over: bool,
}

/// How often a kill is tried that does not strike where it was meant to: a child does not wait for ever, and on a machine
/// that is busy the tool may come too late.
const SHOTS: usize = 3;

/// Runs one cell: what is wrong with it. A kill that misses its moment says nothing about the tool, so that it is tried again.
pub fn run(worker: &Worker, undisturbed: &Undisturbed, cell: &Cell) -> Vec<Defect> {
    let missed = |defects: &Vec<Defect>| defects.iter().any(|defect| defect.kind == Kind::Missed);
    let mut defects = shoot(worker, undisturbed, cell);
    for _ in 1..SHOTS {
        if missed(&defects) {
            defects = shoot(worker, undisturbed, cell);
        }
    }
    defects
}

fn shoot(worker: &Worker, undisturbed: &Undisturbed, cell: &Cell) -> Vec<Defect> {
    let result = try_run(worker, undisturbed, cell);
    // Nothing of a cell may reach into the next.
    for pid in worker.processes() {
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        ends_within(pid, DEATH);
    }
    result.unwrap_or_else(|defect| vec![defect])
}

fn try_run(worker: &Worker, undisturbed: &Undisturbed, cell: &Cell) -> Result<Vec<Defect>> {
    worker.load(cell.first.command).map_err(missed)?;
    let trial = Trial { worker, undisturbed };
    let mut left = trial.strike(&cell.first)?;
    if let Some(second) = &cell.second {
        // The first kill's operation comes to its end meanwhile.
        worker.emulator.release();
        left = trial.strike(second)?;
    }
    if !left.over {
        trial.recover(left)?;
    }
    Ok(trial.judge(cell.first.command))
}

struct Trial<'a> {
    worker: &'a Worker,
    undisturbed: &'a Undisturbed,
}

impl Trial<'_> {
    /// Runs the tool and kills it.
    fn strike(&self, kill: &Kill) -> Result<Left> {
        let worker = self.worker;
        let alone = kill.fate != Fate::WithTool;
        let asked = kill.moment == Moment::NothingSent;
        worker.order(alone, None).map_err(missed)?;
        let path = if alone || asked { OnPath::Ordered } else { OnPath::Plain };
        let told = Arc::new(AtomicBool::new(false));
        let look = {
            let told = Arc::clone(&told);
            move |line: &str| {
                let success = line.contains("\"run_finished\"") && line.contains("\"succeeded\"");
                told.fetch_or(success, Ordering::Relaxed);
            }
        };
        let mut tool = worker.start_run(path, "before-intent=return(stop)", look).map_err(missed)?;
        self.come_to(&mut tool, &self.undisturbed.steps[kill.command - 1].line)?;
        match kill.moment {
            Moment::BeforeIntent => tool.kill().map_err(missed)?,
            _ if kill.moment.has_child() => return self.strike_with_child(kill, &mut tool),
            moment => self.strike_itself(moment, kill.nth, &mut tool)?,
        }
        self.nothing_lives()?;
        Ok(Left { over: told.load(Ordering::Relaxed) && worker.recorded_end(), ..Left::default() })
    }

    /// Lets it run until it is about to run this command. Others may come before it: what was not known to be done is
    /// done again where that does no harm.
    fn come_to(&self, tool: &mut Tool, line: &str) -> Result<()> {
        loop {
            self.stopped(tool)?;
            let came = self.worker.notes().pop().map(|note| note.2).unwrap_or_default();
            if judge::same_command(&came, line) {
                return Ok(());
            }
            tool.go_on().map_err(missed)?;
        }
    }

    /// The tool kills itself at a fail point.
    fn strike_itself(&self, moment: Moment, nth: usize, tool: &mut Tool) -> Result<()> {
        let name = moment.name();
        let armed = format!("before-intent=off;{name}={}*off->1*return(kill)", nth - 1);
        self.worker.arm(&armed).map_err(missed)?;
        tool.go_on().map_err(missed)?;
        let reached = tool.finish().map_err(missed)?;
        let last = self.worker.notes().pop();
        let struck = last.is_some_and(|note| note.0 == name && note.1 == "kill");
        if reached != Reached::Killed(Signal::SIGKILL) || !struck {
            return Err(missed(format!(
                "the fail point did not fire: {reached:?}\n{}",
                self.worker.errors()
            )));
        }
        Ok(())
    }

    /// The tool is killed while a child of its lives.
    fn strike_with_child(&self, kill: &Kill, tool: &mut Tool) -> Result<Left> {
        let worker = self.worker;
        let pattern = self.pattern(kill);
        let mut asks = None;
        match (kill.moment.held(), &pattern) {
            (Some(point), Some(pattern)) => worker.emulator.hold_first(pattern, point),
            (Some(_), None) => return Err(missed("the command has no such request")),
            (None, _) => {
                asks = Some(self.listen()?);
                worker.order(kill.fate != Fate::WithTool, Some(worker.socket())).map_err(missed)?;
            }
        }
        // The second write from here on is that of the child's id: it is on disk before anything is killed, so that a cell
        // always means the same.
        worker.arm("before-intent=off;write-renamed=1*off->1*return(stop)").map_err(missed)?;
        tool.go_on().map_err(missed)?;
        self.stopped(tool)?;
        let child = worker.recorded_child().ok_or_else(|| missed("the checkpoint names no child"))?;
        let mut waiting = None;
        if let Some(listener) = &asks {
            let (asking, stream) = accept(listener)?;
            if asking != child {
                return Err(missed(format!("the child {asking} started, and the checkpoint names {child}")));
            }
            waiting = Some(stream);
        } else if let Some(pattern) = &pattern {
            worker.emulator.wait_held(pattern);
        }
        tool.kill().map_err(missed)?;
        // Later children are the program itself.
        worker.order(false, None).map_err(missed)?;
        let _ = std::fs::remove_file(worker.socket());
        self.meet_fate(kill, child, waiting)
    }

    fn meet_fate(&self, kill: &Kill, child: i32, waiting: Option<UnixStream>) -> Result<Left> {
        let operation = kill.moment == Moment::Running;
        if kill.fate == Fate::WithTool {
            if !ends_within(child, DEATH) {
                return Err(Defect::new(Kind::Survivor, format!("the child {child} outlived the tool")));
            }
            return Ok(Left { operation, ..Left::default() });
        }
        // A child that ended is one that the emulator or the socket did not hold.
        if !self.worker.processes().contains(&child) {
            return Err(missed(format!("the child {child} was gone when the tool was killed")));
        }
        match kill.fate {
            Fate::Lingers => return Ok(Left { child: Some((child, waiting)), operation, over: false }),
            Fate::Finishes => {
                match waiting {
                    Some(mut stream) => stream.write_all(&[1]).map_err(|e| missed(e.to_string()))?,
                    None => self.worker.emulator.release(),
                }
                if !ends_within(child, PATIENCE) {
                    return Err(missed(format!("the child {child} did not come to its end alone")));
                }
                return Ok(Left::default());
            }
            Fate::Killed | Fate::WithTool => {}
        }
        killpg(Pid::from_raw(child), Signal::SIGKILL).map_err(|e| missed(e.to_string()))?;
        match ends_within(child, DEATH) {
            true => Ok(Left { operation, ..Left::default() }),
            false => Err(missed(format!("the child {child} cannot be killed"))),
        }
    }

    /// Runs the tool to its end.
    fn recover(&self, left: Left) -> Result<()> {
        let emulator = Arc::clone(&self.worker.emulator);
        let mut held = left.operation;
        let look = move |line: &str| {
            // The operation goes on until the tool is seen to wait for it.
            if held && (line.contains("\"resource_progress\"") || line.contains("\"resource_retrying\"")) {
                emulator.release();
                held = false;
            }
        };
        let failed = |text: String| Defect::new(Kind::Failed, text);
        self.worker.run(look).map_err(failed)?;
        if left.operation {
            self.worker.emulator.release();
        }
        if let Some((child, _waiting)) = left.child
            && !ends_within(child, Duration::ZERO)
        {
            return Err(Defect::new(
                Kind::Survivor,
                format!("the child {child} of the dead run was not ended"),
            ));
        }
        if !self.worker.recorded_end() {
            return Err(failed("the checkpoint does not say that the run is over".to_owned()));
        }
        Ok(())
    }

    fn judge(&self, from: usize) -> Vec<Defect> {
        let worker = self.worker;
        let mut defects: Vec<Defect> = worker
            .processes()
            .iter()
            .map(|pid| Defect::new(Kind::Survivor, format!("process {pid}")))
            .collect();
        let requests = worker.emulator.requests();
        let made: Vec<String> = requests.iter().filter_map(judge::creates).collect();
        defects.extend(judge::made_twice(&self.undisturbed.creations(from), &made));
        defects
            .extend(judge::worlds(&self.undisturbed.world, &support::normalised(&worker.emulator.world())));
        match worker.plain_world() {
            Ok(world) => defects.extend(judge::secrets(&world)),
            Err(error) => defects.push(missed(error)),
        }
        match worker.run_after() {
            Ok(()) => {
                let writes = worker.emulator.writes(requests.len());
                let lines = writes
                    .iter()
                    .map(|r| format!("a further run sent {} {}{}", r["method"], r["host"], r["path"]));
                defects.extend(lines.map(|line| Defect::new(Kind::Restless, line)));
            }
            Err(error) => defects.push(Defect::new(Kind::Failed, format!("a further run: {error}"))),
        }
        defects
    }

    fn pattern(&self, kill: &Kill) -> Option<String> {
        let requests = &self.undisturbed.steps[kill.command - 1].requests;
        requests.get(kill.nth - 1).map(|request| request.pattern.clone())
    }

    fn stopped(&self, tool: &mut Tool) -> Result<()> {
        match tool.wait().map_err(missed)? {
            Reached::Stopped => Ok(()),
            end => Err(missed(format!("the tool did not come there: {end:?}\n{}", self.worker.errors()))),
        }
    }

    /// What is in this place is gone a moment after the tool.
    fn nothing_lives(&self) -> Result<()> {
        let lives = |pid: &i32| !ends_within(*pid, DEATH);
        match self.worker.processes().into_iter().find(lives) {
            Some(pid) => Err(Defect::new(Kind::Survivor, format!("process {pid} outlived the tool"))),
            None => Ok(()),
        }
    }

    fn listen(&self) -> Result<UnixListener> {
        let socket: PathBuf = self.worker.socket();
        let _ = std::fs::remove_file(&socket);
        UnixListener::bind(socket).map_err(|e| missed(e.to_string()))
    }
}

/// The child that asks: its id, and where it waits.
fn accept(listener: &UnixListener) -> Result<(i32, UnixStream)> {
    let patience = Timespec::try_from(PATIENCE).map_err(|e| missed(e.to_string()))?;
    let came = poll(&mut [PollFd::new(listener, PollFlags::IN)], Some(&patience));
    if !came.is_ok_and(|number| number > 0) {
        return Err(missed("no child asked"));
    }
    let (mut stream, _) = listener.accept().map_err(|e| missed(e.to_string()))?;
    let mut id = [0; 4];
    stream.read_exact(&mut id).map_err(|e| missed(e.to_string()))?;
    Ok((u32::from_be_bytes(id).cast_signed(), stream))
}
