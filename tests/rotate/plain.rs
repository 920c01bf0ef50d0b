//! A world with its secrets in plain, and at every moment of a run.

use serde_json::Value;
use std::path::Path;
use support::{Finished, Lab};

pub const SECRETS: &str = "secretmanager/projects/codementor-dev/secrets";

/// A world with its secrets in plain.
pub struct Plain(Value);

impl Plain {
    pub fn read(file: &Path) -> Self {
        Self(serde_json::from_slice(&std::fs::read(file).expect("a saved world")).expect("JSON"))
    }

    pub fn of(lab: &Lab) -> Self {
        let file = lab.folder().join("now.json");
        lab.emulator.save(&file);
        Self::read(&file)
    }

    pub fn object(&self, key: &str) -> &Value {
        &self.0["world"]["objects"][key]
    }

    /// The value of a version that can be read.
    pub fn secret(&self, name: &str, version: u64) -> Option<&str> {
        let version = self.object(&format!("{SECRETS}/{name}/versions/{version}"));
        version["hidden"]["data"].as_str().filter(|_| version["data"]["state"] == "ENABLED")
    }

    /// What an instance has read that started with this version, be it enabled still or not.
    pub fn read_once(&self, name: &str, version: u64) -> &str {
        let version = self.object(&format!("{SECRETS}/{name}/versions/{version}"));
        version["hidden"]["data"].as_str().expect("a value")
    }

    pub fn newest(&self, name: &str) -> u64 {
        (1..)
            .take_while(|n| !self.object(&format!("{SECRETS}/{name}/versions/{n}")).is_null())
            .last()
            .unwrap_or(0)
    }

    /// With which version of this secret the revision that serves began.
    pub fn served(&self, secret: &str) -> u64 {
        let objects = self.0["world"]["objects"].as_object().expect("objects");
        let (_, service) =
            objects.iter().find(|(key, _)| key.ends_with("/services/codementor-backend")).expect("a service");
        let label = &service["data"]["spec"]["template"]["metadata"]["labels"][format!("{secret}-version")];
        label.as_str().map_or(1, |version| version.parse().expect("a number"))
    }
}

/// The world before each gcloud of what follows, with the command.
pub struct Moments<'a> {
    lab: &'a Lab,
}

impl<'a> Moments<'a> {
    pub fn record(lab: &'a Lab) -> Self {
        let folder = lab.folder().join("moments");
        std::fs::create_dir(&folder).expect("a folder");
        let port = lab.emulator.url.rsplit(':').next().expect("a port").to_owned();
        lab.intercept(&format!(
            "n=$(ls {0}/*.json 2>/dev/null | wc -l); echo \"$*\" > {0}/$n.command; body='{{\"file\":\"{0}/'$n'.json\"}}'\nexec 3<>/dev/tcp/127.0.0.1/{port}\n\
             printf 'POST /_emulator/save HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\nContent-Type: application/json\\r\\nConnection: close\\r\\n\
             Content-Length: %d\\r\\n\\r\\n%s' ${{#body}} \"$body\" >&3\ncat <&3 >/dev/null",
            folder.display()
        ));
        Self { lab }
    }

    pub fn all(&self) -> Vec<(String, Plain)> {
        let folder = self.lab.folder().join("moments");
        let count = std::fs::read_dir(&folder).expect("a folder").count() / 2;
        let moment = |n| {
            let command = std::fs::read_to_string(folder.join(format!("{n}.command"))).expect("a command");
            (command.trim().to_owned(), Plain::read(&folder.join(format!("{n}.json"))))
        };
        (0..count).map(moment).collect()
    }
}

/// No file of the tool holds any version of these secrets, and no command line did.
pub fn nothing_leaked(lab: &Lab, names: &[&str]) {
    let world = Plain::of(lab);
    let secrets: Vec<&str> =
        names.iter().flat_map(|name| (1..=world.newest(name)).map(|n| world.read_once(name, n))).collect();
    assert!(secrets.len() >= 2 * names.len());
    let mut folders = vec![lab.state()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            if entry.file_type().expect("a type").is_dir() {
                folders.push(entry.path());
            } else {
                let text =
                    String::from_utf8_lossy(&std::fs::read(entry.path()).expect("a file")).into_owned();
                assert!(!secrets.iter().any(|secret| text.contains(secret)), "{}", entry.path().display());
            }
        }
    }
    let recorded = lab.recorded();
    assert!(!secrets.iter().any(|secret| recorded.iter().any(|one| format!("{one:?}").contains(secret))));
}

/// Runs the stand-in by hand, as somebody else would.
pub fn somebody(lab: &Lab, arguments: &[&str]) -> Finished {
    let mut command = lab.command(&support::program("gcloud-standin"));
    command.args(arguments).arg("--project=codementor-dev");
    support::finish(command).expect(0)
}
