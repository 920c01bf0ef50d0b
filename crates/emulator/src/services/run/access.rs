//! Who may call a service.

use super::{region, service};
use crate::call::{Answer, Call};
use crate::policy;

pub fn get(call: &mut Call) -> Answer {
    let (key, _) = service::find(call, &region(call)?)?;
    policy::get(call, &key)
}

pub fn set(call: &mut Call) -> Answer {
    let (key, _) = service::find(call, &region(call)?)?;
    policy::set(call, &key)
}

/// Answered for a service that is not there yet too: gcloud asks before it makes one with `--allow-unauthenticated`.
pub fn test(call: &mut Call) -> Answer {
    let key = service::key(call, &region(call)?, call.param("servicesId"));
    policy::test(call, &key)
}
