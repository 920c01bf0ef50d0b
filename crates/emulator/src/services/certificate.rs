//! Certificate authorities of emulated servers, as PEM: real ones, so that a client can load them.

use crate::error::ApiError;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, SerialNumber, date_time_ymd};
use sha1::{Digest as _, Sha1};

/// One self-signed certificate.
pub struct Certificate {
    /// The certificate, PEM.
    pub pem: String,
    /// Hexadecimal.
    pub sha1: String,
    /// Decimal.
    pub serial: String,
    /// From when it is valid.
    pub from: Timestamp,
    /// Until when it is valid.
    pub until: Timestamp,
}

/// Makes a certificate authority that is valid for this many years.
pub fn authority(name: &str, now: Timestamp, years: i64) -> Result<Certificate, ApiError> {
    let until = now.checked_add(SignedDuration::from_hours(24 * 365 * years)).unwrap_or(Timestamp::MAX);
    let serial: u32 = rand::random();
    make(name, serial, now, until)
        .map_err(|error| {
            ApiError::new(500, "INTERNAL", "backendError", format!("cannot make a certificate: {error}"))
        })
        .map(|(pem, sha1)| Certificate { pem, sha1, serial: serial.to_string(), from: now, until })
}

fn make(
    name: &str,
    serial: u32,
    from: Timestamp,
    until: Timestamp,
) -> Result<(String, String), rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params.distinguished_name.push(DnType::OrganizationName, "Google, Inc");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.serial_number = Some(SerialNumber::from(u64::from(serial)));
    let day = |at: Timestamp| {
        let date = at.to_zoned(TimeZone::UTC).date();
        date_time_ymd(i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    params.not_before = day(from);
    params.not_after = day(until);
    let certificate = params.self_signed(&key)?;
    let sha1 = Sha1::digest(certificate.der()).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((certificate.pem(), sha1))
}
