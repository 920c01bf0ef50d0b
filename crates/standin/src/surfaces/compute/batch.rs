//! Several requests at once.

use crate::call::Call;
use crate::google::{Request, Trouble};
use serde_json::Value;

/// How often gcloud sends a batch in all, while parts of it are refused for lack of rights: an API may just be enabled.
const TIMES: u32 = 5;
/// Seconds between.
const PAUSE: f64 = 5.0;

/// Sends the requests; the answers stand in the same order.
///
/// gcloud sends more than one request as one multipart batch; here they go one by one in the same order, which the
/// emulator records alike. A single request is sent once, a batch's forbidden parts are sent again.
pub(super) fn send(call: &Call, requests: &[Request]) -> Vec<Result<Value, Trouble>> {
    let mut answers: Vec<_> = requests.iter().map(|request| call.google.send(request)).collect();
    if requests.len() < 2 {
        return answers;
    }
    for _ in 1..TIMES {
        if answers.iter().any(is_off) || !answers.iter().any(is_forbidden) {
            break;
        }
        call.google.pause(PAUSE);
        for (request, answer) in requests.iter().zip(&mut answers).filter(|(_, answer)| is_forbidden(answer))
        {
            *answer = call.google.send(request);
        }
    }
    answers
}

fn is_forbidden(answer: &Result<Value, Trouble>) -> bool {
    matches!(answer, Err(Trouble::Refused(refusal)) if matches!(refusal.code, 401 | 403))
}

fn is_off(answer: &Result<Value, Trouble>) -> bool {
    matches!(answer, Err(Trouble::Refused(refusal)) if refusal.is_of_api())
}
