use super::super::Scribe;
use super::*;
use gcloud::{Command, gcloud};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;

fn about() -> About {
    About {
        command: "deploy-all plan --script".into(),
        config: vec!["configs/dev.toml".into()],
        tool: "0.1.0".into(),
        written: "2026-01-02T03:04:05Z".into(),
        project: "proj".into(),
        account: None,
        place: None,
        again: "deploy-all plan --rehearse".to_owned(),
    }
}

/// What the commands of a scribe are as bash, without the head.
fn body(scribe: &Scribe) -> Result<String> {
    let state = scribe.state();
    let slots = scribe.later.slots();
    let about = about();
    let body = |used| Body {
        about: &about,
        later: &scribe.later,
        slots: &slots,
        known: BTreeSet::new(),
        used,
        text: String::new(),
    };
    let mut first = body(BTreeSet::new());
    first.entries(&state.entries)?;
    let mut second = body(first.known);
    second.entries(&state.entries)?;
    Ok(second.text)
}

fn written(commands: impl IntoIterator<Item = Command>) -> String {
    let scribe = Scribe::default();
    for command in commands {
        scribe.record(&command);
    }
    body(&scribe).unwrap()
}

#[test]
fn a_command_is_written_as_a_person_would_write_it() {
    let short = gcloud!["compute networks delete", "default"];
    let long = gcloud![
        "logging metrics create",
        "errors",
        "--log-filter=severity>=ERROR AND a=\"b\"",
        "--description=It's long enough"
    ]
    .arg("--async");
    insta::assert_snapshot!(written([short, long]), @r#"
    gcloud compute networks delete default --project=proj
    gcloud logging metrics create errors \
        --log-filter='severity>=ERROR AND a="b"' \
        --description='It'\''s long enough' \
        --project=proj
    "#);
}

#[test]
fn files_are_here_documents_whose_values_are_filled_in() {
    let scribe = Scribe::default();
    let id = scribe.later.text("CHECK", gcloud!["monitoring uptime list-configs", "--format=value(name)"]);
    let plain = "{\"a\": \"$HOME `x` \\\\\"}\nEND\n";
    scribe.record(&gcloud!["x create"].file("--source", "a.json", plain));
    scribe.record(&gcloud!["x create"].file("--source", "b.json", format!("{id} $HOME `x` \\ \"\n")));
    insta::assert_snapshot!(body(&scribe).unwrap(), @r#"
    cat >"$files/a.json" <<'END2'
    {"a": "$HOME `x` \\"}
    END
    END2
    gcloud x create --source="$files/a.json" --project=proj
    CHECK=$(gcloud monitoring uptime list-configs --format='value(name)' --project=proj)
    : "${CHECK:?}"
    cat >"$files/b.json" <<END
    ${CHECK} \$HOME \`x\` \\ "
    END
    gcloud x create --source="$files/b.json" --project=proj
    "#);
}

#[test]
fn what_a_change_prints_is_kept_only_where_it_is_of_use() {
    let scribe = Scribe::default();
    for used in [false, true] {
        let change = scribe.record(&gcloud!["logging sinks create", "s"]);
        let printed = super::super::Printed { later: &scribe.later, change };
        let writer = printed.text("WRITER", "writerIdentity");
        if used {
            scribe.record(&gcloud!["storage buckets add-iam-policy-binding", "gs://b", "--member={writer}"]);
        }
    }
    insta::assert_snapshot!(body(&scribe).unwrap(), @r#"
    gcloud logging sinks create s --project=proj
    WRITER_2=$(gcloud logging sinks create s --project=proj --format='value(writerIdentity)')
    : "${WRITER_2:?}"
    gcloud storage buckets add-iam-policy-binding gs://b --member="${WRITER_2}" --project=proj
    "#);
}

#[test]
fn a_secret_is_written_on_standard_input_and_nowhere_else() {
    let scribe = Scribe::default();
    let asked = scribe.later.asked("PASSWORD", "the password");
    let body_of = |text: String| Secret::new(text);
    scribe.record(
        &gcloud!["secrets versions add", "p", "--data-file=-"]
            .stdin(body_of(format!("100%\\'{}", asked.expose()))),
    );
    insta::assert_snapshot!(body(&scribe).unwrap(), @r#"printf '100%%\\'\''%s' "$PASSWORD" | gcloud secrets versions add p --data-file=- --project=proj"#);
    scribe.record(&gcloud!["sql users create", "u", format!("--password={}", asked.expose())]);
    assert!(body(&scribe).is_err(), "a command line");
    let scribe = Scribe::default();
    let asked = scribe.later.asked("PASSWORD", "the password");
    scribe.record(&gcloud!["x create"].file("--source", "a", asked.expose()));
    assert!(body(&scribe).is_err(), "a file");
}

#[test]
fn a_script_that_shows_a_secret_that_was_read_is_not_written() {
    let write = |args: &str, hidden: &str| {
        let scribe = Scribe::default();
        scribe.record(&Command::new("x create").arg(args));
        let plan = Plan {
            items: vec![events::PlanItem::new("01", crate::Address::new("x", "y"), Action::Create)],
            ..Plan::default()
        };
        let state = scribe.state();
        script(&about(), &plan, &state.entries, &scribe.later, &[Secret::new(hidden)])
    };
    assert!(write("--value=harmless", "s3cret/value").is_ok());
    for shown in ["--value=s3cret/value", "--value=s3cret%2Fvalue"] {
        assert!(write(shown, "s3cret/value").is_err(), "{shown}");
    }
}

fn bash(functions: &str, call: &str, value: &str) -> Vec<u8> {
    let output = std::process::Command::new("bash")
        .args(["-c", &format!("set -euo pipefail{functions}{call} \"$1\""), "bash", value])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// All that `ask` lets through.
    #[test]
    fn a_password_survives_json_and_urls(password in "[^\\x00-\\x1f\\x7f-\\x9f]{1,24}") {
        let json = bash(JSON, "\njson", &password);
        let text: String = serde_json::from_slice(&[b"\"", &json[..], b"\""].concat()).unwrap();
        prop_assert_eq!(&text, &password);
        let url = String::from_utf8(bash(URL, "\nurl", &password)).unwrap();
        prop_assert_eq!(percent_decode_str(&url).decode_utf8().unwrap(), password.as_str());
        prop_assert!(url.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte)), "{}", url);
    }
}
