use rustix::event::{PollFd, PollFlags, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::{File, OpenOptions};
use std::io::{PipeWriter, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A program at a terminal of its own.
pub struct Terminal {
    child: Child,
    /// What it printed, in pieces.
    printed: Receiver<String>,
    /// Dropping it ends the reading.
    plug: PipeWriter,
    master: File,
    seen: String,
}

impl Terminal {
    /// Starts a program as the leader of a new terminal's session.
    pub fn start(command: &Command) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).expect("a terminal");
        grantpt(&master).and_then(|()| unlockpt(&master)).expect("it can be used");
        let name = ptsname(&master, Vec::new()).expect("it has a name");
        let path = std::ffi::OsStr::from_bytes(name.as_bytes());
        let end = || OpenOptions::new().read(true).write(true).open(path).expect("the terminal opens");
        // It becomes the leader and then the program itself: one process.
        let mut leader = Command::new("setsid");
        leader.arg("--ctty").arg(command.get_program()).args(command.get_args()).env_clear();
        leader.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        if let Some(folder) = command.get_current_dir() {
            leader.current_dir(folder);
        }
        leader.stdin(end()).stdout(end()).stderr(end());
        let child = leader.spawn().expect("setsid starts");
        drop(leader);
        let master = File::from(master);
        let (sender, printed) = channel();
        let (plugged, plug) = std::io::pipe().expect("a pipe");
        let mut screen = master.try_clone().expect("a second handle");
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let mut ready = [PollFd::new(&screen, PollFlags::IN), PollFd::new(&plugged, PollFlags::IN)];
                if poll(&mut ready, None).is_err() || !ready[1].revents().is_empty() {
                    break;
                }
                match screen.read(&mut buffer) {
                    Ok(count @ 1..) => {
                        drop(sender.send(String::from_utf8_lossy(&buffer[..count]).into_owned()))
                    }
                    _ => break,
                }
            }
        });
        Self { child, printed, plug, master, seen: String::new() }
    }

    /// Waits until this text has been printed.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) {
        while !self.seen.contains(text) {
            match self.printed.recv_timeout(Duration::from_secs(120)) {
                Ok(piece) => self.seen.push_str(&piece),
                Err(_) => panic!("{text:?} was never printed:\n{}", self.seen),
            }
        }
    }

    /// Waits for a question that ends so, and asserts that it stands there undisturbed, for as long as a view that moves needs
    /// to draw itself several times (a slow machine only makes this easier); the line that the cursor is in.
    #[track_caller]
    pub fn wait_for_question(&mut self, end: &str) -> String {
        while !self.line().ends_with(end) {
            match self.printed.recv_timeout(Duration::from_secs(120)) {
                Ok(piece) => self.seen.push_str(&piece),
                Err(_) => panic!("no question that ends with {end:?}:\n{}", self.seen),
            }
        }
        if let Ok(piece) = self.printed.recv_timeout(Duration::from_millis(350)) {
            panic!("{piece:?} was printed after:\n{}", self.seen);
        }
        self.line().to_owned()
    }

    fn line(&self) -> &str {
        let line = self.seen.rsplit(['\r', '\n']).next().unwrap_or_default();
        line.trim_start_matches("\u{1b}[2K")
    }

    /// Types something.
    pub fn type_in(&mut self, text: &str) {
        use std::io::Write as _;
        self.master.write_all(text.as_bytes()).expect("it is typed");
    }

    /// Everything printed until the program ended, and its exit code.
    pub fn finish(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().expect("it ends");
        while let Ok(piece) = self.printed.recv_timeout(Duration::from_secs(20)) {
            self.seen.push_str(&piece);
        }
        (status.code(), self.seen)
    }

    /// The terminal vanishes, as when a window is closed or a connection is lost; the program's exit code.
    pub fn vanish(mut self) -> Option<i32> {
        drop(self.plug);
        // The reader ends with its handle; then this one is the last.
        while self.printed.recv().is_ok() {}
        drop(self.master);
        self.child.wait().expect("it ends").code()
    }
}
