//! The situations in which a command line is tried.

use crate::line;
use crate::record::Case;
use serde_json::{Value, json};
use support::Emulator;

/// A situation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variant {
    /// As it was recorded.
    Success,
    /// In a project that has nothing; for what makes projects, in an empty world.
    NotFound,
    /// A second time.
    AlreadyExists,
    /// By somebody who may do nothing.
    Permission,
    /// With all APIs off.
    ApiDisabled,
    /// Every request is answered 429.
    RateLimited,
    /// Every request is answered 503: the real one needs half a minute.
    Unavailable,
    /// With a flag that does not exist.
    UnknownFlag,
    /// With the command's words only.
    MissingArgument,
}

/// All of them.
pub const ALL: &[Variant] = &[
    Variant::Success,
    Variant::NotFound,
    Variant::AlreadyExists,
    Variant::Permission,
    Variant::ApiDisabled,
    Variant::RateLimited,
    Variant::Unavailable,
    Variant::UnknownFlag,
    Variant::MissingArgument,
];

/// What every change of the project is held against.
pub const ALWAYS: &[Variant] = &[Variant::Success, Variant::NotFound];

impl Variant {
    /// As the command line and the file of differences name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::NotFound => "not-found",
            Self::AlreadyExists => "already-exists",
            Self::Permission => "permission",
            Self::ApiDisabled => "api-disabled",
            Self::RateLimited => "429",
            Self::Unavailable => "503",
            Self::UnknownFlag => "unknown-flag",
            Self::MissingArgument => "missing-argument",
        }
    }

    /// Whether each command line is tried in it, or one of each command: what the transport or the parser does is the
    /// same whatever the values are.
    pub fn of_each_line(self) -> bool {
        !matches!(self, Self::RateLimited | Self::Unavailable | Self::UnknownFlag | Self::MissingArgument)
    }

    /// Whether it says anything about this command.
    pub fn applies(self, case: &Case) -> bool {
        let command = line::command(&case.argv);
        match self {
            Self::AlreadyExists => command.ends_with("create") || command.ends_with("connect"),
            // It sends no request.
            Self::NotFound | Self::Permission | Self::ApiDisabled | Self::RateLimited | Self::Unavailable => {
                command != "info"
            }
            _ => true,
        }
    }

    /// The command line in this situation.
    pub fn argv(self, case: &Case) -> Vec<String> {
        match self {
            Self::UnknownFlag => case.argv.iter().cloned().chain(["--no-such-flag".to_owned()]).collect(),
            Self::MissingArgument => line::command(&case.argv).split(' ').map(str::to_owned).collect(),
            _ => case.argv.clone(),
        }
    }

    /// The world in this situation. `again` runs the command with the stand-in.
    pub fn arrange(self, emulator: &Emulator, case: &Case, again: &dyn Fn()) {
        emulator.load(&case.world);
        match self {
            Self::NotFound => forget(emulator, case),
            Self::AlreadyExists => again(),
            Self::ApiDisabled => switch_off(emulator),
            Self::RateLimited => {
                let message =
                    "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute' of service.";
                let action =
                    json!({"status": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": message}});
                emulator.fault(json!({"match": ".*", "action": action}));
            }
            Self::Unavailable => {
                let message = "The service is currently unavailable.";
                let action = json!({"status": {"code": 503, "status": "UNAVAILABLE", "message": message}});
                emulator.fault(json!({"match": ".*", "action": action}));
            }
            Self::Success | Self::Permission | Self::UnknownFlag | Self::MissingArgument => {}
        }
    }

    /// Who calls: what the token file holds, where it is not the world's owner.
    pub fn caller(self) -> Option<&'static str> {
        (self == Self::Permission).then_some("stranger@example.com")
    }
}

/// What a project has from its birth on.
const OF_A_PROJECT: &[&str] = &["cloudresourcemanager/", "serviceusage/", "cloudbilling/"];

fn forget(emulator: &Emulator, case: &Case) {
    let command = line::command(&case.argv);
    let whole =
        ["projects ", "alpha projects ", "billing ", "services "].iter().any(|p| command.starts_with(p));
    let kept = |key: &str| match whole {
        true => key.starts_with("cloudbilling/billingAccounts/"),
        false => OF_A_PROJECT.iter().any(|prefix| key.starts_with(prefix)),
    };
    let world = emulator.world();
    let keys = world["objects"].as_object().into_iter().flatten().map(|(key, _)| key);
    let gone: Vec<Value> =
        keys.filter(|key| !kept(key)).map(|key| json!({"key": key, "remove": true})).collect();
    emulator.arrange(&json!(gone));
}

fn switch_off(emulator: &Emulator) {
    let world = emulator.world();
    let services = world["objects"].as_object().into_iter().flatten();
    let off: Vec<Value> = services
        .filter(|(key, _)| key.starts_with("serviceusage/"))
        .map(|(key, object)| {
            let mut data = object["data"].clone();
            data["state"] = json!("DISABLED");
            json!({"key": key, "data": data})
        })
        .collect();
    emulator.arrange(&json!(off));
}
