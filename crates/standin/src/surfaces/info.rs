//! `gcloud info …`

use super::unknown;
use crate::call::Call;
use crate::failure::Failure;
use crate::print::Answer;

pub(super) fn handle(call: &Call) -> Result<Answer, Failure> {
    Err(unknown(call))
}
