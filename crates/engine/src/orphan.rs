//! A gcloud that a run left behind when it died: ended before anything else, since it may still change things.

use crate::checkpoint::Checkpoint;
use gcloud::process;

/// Ends every process that an open intent names and that still is the one it was. Gives their commands.
pub fn end(checkpoint: &Checkpoint) -> Vec<String> {
    let running = checkpoint.intents.iter().filter(|intent| match (intent.pid, intent.pid_started) {
        (Some(pid), Some(started)) => process::end_group_of(pid, started),
        _ => false,
    });
    running.map(|intent| intent.command.clone()).collect()
}
