//! Refusals in compute's own shape and words: its errors have a `reason`, and no `status`.

use crate::error::ApiError;
use crate::operation::Failure;

fn refuse(code: u16, reason: &'static str, message: String) -> ApiError {
    ApiError::new(code, "", reason, message)
}

/// 404: an object of the path, or one that the body refers to.
pub fn missing(relative: &str) -> ApiError {
    refuse(404, "notFound", format!("The resource '{relative}' was not found"))
}

/// 409: the name is taken.
pub fn exists(relative: &str) -> ApiError {
    refuse(409, "alreadyExists", format!("The resource '{relative}' already exists"))
}

/// 400: an operation on it still runs.
pub fn not_ready(relative: &str) -> ApiError {
    refuse(400, "resourceNotReady", format!("The resource '{relative}' is not ready"))
}

/// 400: a field's value.
pub fn value(field: &str, value: &str, why: &str) -> ApiError {
    refuse(400, "invalid", format!("Invalid value for field '{field}': '{value}'. {why}"))
}

/// 400: a field is missing.
pub fn required(field: &str) -> ApiError {
    refuse(400, "required", format!("Required field '{field}' not specified"))
}

/// 400: it is not done with such an object.
pub fn usage(why: &str) -> ApiError {
    refuse(400, "invalidResourceUsage", format!("Invalid resource usage: '{why}'."))
}

/// 412: the fingerprint is not the current one.
pub fn stale(message: &str) -> ApiError {
    refuse(412, "conditionNotMet", message.to_owned())
}

/// 400: something else needs it.
pub fn in_use(what: &str, relative: &str, user: &str) -> ApiError {
    let message = format!("The {what} resource '{relative}' is already being used by '{user}'");
    refuse(400, "resourceInUseByAnotherResource", message)
}

/// 403: the caller lacks a permission.
pub fn forbidden(permission: &str, relative: &str) -> ApiError {
    refuse(403, "forbidden", format!("Required '{permission}' permission for '{relative}'"))
}

/// An operation that ends badly, with compute's code.
pub fn failed(name: &str, message: String) -> Failure {
    Failure { code: 3, name: name.to_owned(), message }
}
