//! `gcloud run services delete`.

use super::{Place, check_name, found};
use crate::call::Call;
use crate::failure::Failure;
use crate::google::Trouble;
use crate::print::Answer;

/// Deletes it, and looks until it is gone.
pub(super) fn service(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--region", "--async"])?;
    let (place, name) = (Place::of(call)?, call.word("SERVICE"));
    check_name(name)?;
    let asynchronous = call.on("--async") == Some(true);
    let path = format!("services/{name}");
    if !asynchronous {
        call.say(&format!("Deleting [{name}]..."));
    }
    let gone = match call.google.send(&place.knative("DELETE", &path)) {
        Err(Trouble::Refused(refusal)) if refusal.code == 404 => {
            Err(Failure::Said(format!("Service [{name}] could not be found.")))
        }
        other => other.map(|_| ()).map_err(Failure::from),
    };
    if asynchronous {
        gone?;
        call.say(&format!("Service [{name}] is being deleted."));
        return Ok(Answer::List(Vec::new()));
    }
    let gone = gone.and_then(|()| {
        let mut seconds = 2.0;
        while found(call, &place.knative("GET", &path))?.is_some() {
            // Dots count tenths of seconds.
            call.tell("...");
            call.google.pause(seconds + rand::random_range(0.0..1.0));
            seconds = (seconds * 1.4).min(180.0);
        }
        Ok(())
    });
    call.say(if gone.is_ok() { "done." } else { "failed." });
    gone?;
    call.say(&format!("Deleted service [{name}]."));
    Ok(Answer::List(Vec::new()))
}
