//! What gcloud said, for a person: its error, without what is about gcloud itself.

use serde_json::Value;

/// The essential of what gcloud said, on one line: its error without the command's name, the details and the advice.
pub(crate) fn essence(stderr: &str) -> Option<String> {
    const LONGEST: usize = 600;
    let text = match ["ERROR: ", "WARNING: Some requests"].iter().find_map(|mark| stderr.find(mark)) {
        Some(start) => &stderr[start..],
        None => stderr,
    };
    let text = text.strip_prefix("ERROR: ").unwrap_or(text);
    let text = match text.strip_prefix("(gcloud").and_then(|rest| rest.split_once(") ")) {
        Some((_, message)) => message,
        None => text,
    };
    if let Some(short) = http_error(text) {
        return Some(short);
    }
    if let Some(title) = title(text) {
        return Some(title);
    }
    let ends = ["- '@type'", "To search the help text", "If you would like to report this issue"];
    let lines =
        text.lines().map(str::trim_end).take_while(|line| !ends.iter().any(|end| line.starts_with(end)));
    let joined = lines.map(|line| line.trim().trim_start_matches("- ")).filter(|line| !line.is_empty());
    let mut message = joined.collect::<Vec<_>>().join(" ");
    // A fact about the login, which stands behind every refusal.
    for about_login in [" This command is authenticated", " This command is unauthenticated"] {
        if let Some(start) = message.find(about_login) {
            message.truncate(start);
        }
    }
    // Some refusals have their reason in the details only.
    if let Some(reason) =
        stderr.lines().find_map(|line| line.trim().trim_start_matches("- ").strip_prefix("description: "))
        && message.len() < 80
    {
        message = format!("{message} {}", reason.trim_matches('\''));
    }
    if message.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|&end| message.is_char_boundary(end)).unwrap_or(0);
        message.truncate(end);
        message.push('…');
    }
    (!message.is_empty()).then_some(message)
}

/// `HttpError accessing <URL>: response: <HEADERS>, content <BODY>`, which gcloud prints for what it gave up to repeat:
/// the status, Google's sentence, and where.
fn http_error(text: &str) -> Option<String> {
    let rest = text.trim_start().strip_prefix("HttpError accessing <")?;
    let (url, rest) = rest.split_once(">: response: <")?;
    let (headers, body) = rest.split_once(">, content <")?;
    let status: String = headers.split("'status': ").nth(1)?.chars().filter(char::is_ascii_digit).collect();
    let json = serde_json::Deserializer::from_str(body).into_iter::<Value>().next().and_then(Result::ok);
    let sentence = json.and_then(|json| json["error"]["message"].as_str().map(str::to_owned));
    let sentence =
        sentence.or_else(|| title(body)).unwrap_or_else(|| "an answer that is not Google's".to_owned());
    let place = url.split('?').next().unwrap_or(url);
    Some(format!("{status}: {sentence} ({place})"))
}

/// The title of a page: a front end of Google's that reaches no server answers with one.
fn title(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("<title>")?;
    Some(rest.split_once("</title>")?.0.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_very_long_message_is_cut_between_characters() {
        let text = format!("ERROR: (gcloud.x) {}", "é".repeat(1000));
        let short = essence(&text).unwrap();
        assert!(short.ends_with('…') && short.len() < 610);
    }

    #[test]
    fn what_gcloud_gave_up_to_repeat_is_told_by_its_sentence() {
        let error = |body: &str| {
            format!(
                "ERROR: (gcloud.secrets.create) HttpError accessing <https://secretmanager.googleapis.com/v1/p?alt=json>: \
                 response: <{{'content-length': '200', 'status': 503}}>, content <{body}>\nThis may be due to network \
                 connectivity issues."
            )
        };
        let said = |body: &str| essence(&error(body)).unwrap();
        assert_eq!(
            said(r#"{"error": {"code": 503, "message": "The service is > unavailable."}}"#),
            "503: The service is > unavailable. (https://secretmanager.googleapis.com/v1/p)"
        );
        let page = "<!DOCTYPE html>\n<title>Error 502 (Server Error)!!1</title>\n";
        assert!(said(page).starts_with("503: Error 502 (Server Error)!!1 (https"));
        assert!(said("").starts_with("503: an answer that is not Google's ("));
    }
}
