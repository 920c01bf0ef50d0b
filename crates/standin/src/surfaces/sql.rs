//! `gcloud sql …`

use super::unknown;
use crate::call::Call;
use crate::failure::Failure;
use crate::print::Answer;

pub(super) fn handle(call: &Call, _kind: &str, _verb: &str) -> Result<Answer, Failure> {
    Err(unknown(call))
}
