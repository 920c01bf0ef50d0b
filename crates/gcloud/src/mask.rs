//! Masks every secret that the process knows, in what other programs print and in what is written down.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeSet;
use std::sync::{PoisonError, RwLock};

/// What stands in the place of a secret.
const MASK: &str = "(secret)";

/// Shorter values are not masked: every text would be full of holes. Generated secrets are far longer.
const SHORTEST: usize = 4;

/// Everything but what RFC 3986 leaves as it is.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Every form of every secret, the longest first, so that no part of a longer one is left over.
static FORMS: RwLock<Vec<String>> = RwLock::new(Vec::new());

/// Makes a secret known, so that [`mask`] hides it from now on.
pub(crate) fn register(value: &str) {
    if value.len() < SHORTEST {
        return;
    }
    let mut known = FORMS.write().unwrap_or_else(PoisonError::into_inner);
    let probe = |known: &[String], form: &str| {
        known.binary_search_by(|other| form.len().cmp(&other.len()).then_with(|| other.as_str().cmp(form)))
    };
    if probe(&known, value).is_ok() {
        return;
    }
    for form in forms(value) {
        if let Err(place) = probe(&known, &form) {
            known.insert(place, form);
        }
    }
}

/// The text with every known secret replaced, in each of the forms that programs print.
pub fn mask(text: &str) -> String {
    let known = FORMS.read().unwrap_or_else(PoisonError::into_inner);
    let mut masked = text.to_owned();
    for form in known.iter() {
        if masked.contains(form.as_str()) {
            masked = masked.replace(form.as_str(), MASK);
        }
    }
    masked
}

/// As it is, as JSON, percent-encoded, base64 (also inside of a longer text), hexadecimal, and as lists of bytes.
fn forms(value: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    forms.insert(value.to_owned());
    // A value of several lines is printed with each on its own, indented or prefixed.
    forms.extend(value.lines().map(str::trim).filter(|line| line.len() >= 16).map(str::to_owned));
    let json = serde_json::Value::from(value).to_string();
    forms.insert(json[1..json.len() - 1].to_owned());
    let percent = utf8_percent_encode(value, RESERVED).to_string();
    forms.insert(lower_hex(&percent));
    forms.insert(percent);
    for padding in 0..3 {
        forms.extend(base64_inside(value, padding));
    }
    let bytes = value.as_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    forms.insert(hex.to_uppercase());
    forms.insert(hex);
    for separator in [", ", ",", " "] {
        forms.insert(bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(separator));
    }
    forms.retain(|form| form.len() >= SHORTEST);
    forms
}

/// `%2F` is `%2f` to some programs.
fn lower_hex(percent: &str) -> String {
    let mut after = 3;
    let lower = |char: char| {
        after = if char == '%' { 0 } else { after + 1 };
        if after <= 2 { char.to_ascii_lowercase() } else { char }
    };
    percent.chars().map(lower).collect()
}

/// The digits that base64 gives for the value when `before` bytes (modulo 3) precede it: without the first and the last
/// digit where those depend on the neighbours.
fn base64_inside(value: &str, before: usize) -> impl Iterator<Item = String> {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(value.as_bytes());
    let first = (before * 8).div_ceil(6);
    let last = bytes.len() * 8 / 6;
    // Shorter digits than the value's own length would mask what is no secret.
    let wanted =
        move |digits: String| digits.get(first..last).filter(|core| core.len() >= 6).map(str::to_owned);
    [STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)].into_iter().filter_map(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;
    use proptest::prelude::*;

    #[test]
    fn a_secret_is_masked_in_every_form() {
        let value = "p/ss+w\"rd é 00";
        let _secret = Secret::new(value);
        let escaped = serde_json::to_string(value).unwrap();
        let url = "postgresql://user:p%2Fss%2Bw%22rd%20%C3%A9%2000@10.0.0.3/db";
        for text in [
            value,
            &escaped,
            url,
            &url.replace("%2F", "%2f").replace("%2B", "%2b").replace("%C3%A9", "%c3%a9"),
        ] {
            let masked = mask(text);
            assert!(masked.contains(MASK) && !masked.contains("ss"), "{masked}");
        }
    }

    #[test]
    fn short_values_and_unknown_text_stay() {
        let _secret = Secret::new("abc");
        assert_eq!(mask("abc Creating instance"), "abc Creating instance");
    }

    proptest! {
        #[test]
        fn base64_of_any_text_around_a_secret_does_not_show_it(
            before in "[a-z]{0,5}", secret in "[A-Za-z0-9/+]{12,40}", after in "[a-z]{0,5}"
        ) {
            let _secret = Secret::new(secret.clone());
            let text = STANDARD_NO_PAD.encode(format!("{before}{secret}{after}"));
            let masked = mask(&text);
            prop_assert!(masked.contains(MASK));
            // At most one digit on each side belongs to the secret and is left.
            prop_assert!(masked.len() <= MASK.len() + (before.len() + after.len()) * 2 + 4);
        }

        #[test]
        fn a_secret_in_any_place_is_masked(
            before in any::<String>(), secret in "\\PC{8,60}", after in any::<String>()
        ) {
            let _secret = Secret::new(secret.clone());
            let masked = mask(&format!("{before}{secret}{after}"));
            prop_assert!(!masked.contains(&secret) || MASK.contains(&secret));
        }
    }
}
