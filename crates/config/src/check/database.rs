//! `[database]`

use super::Faults;
use super::grammar::{is_number, length, name, name_rule, strange};
use super::tier::{RULE, Tier};
use crate::Config;
use crate::model::{Availability, Database, Edition};
use crate::warning::Warning;

/// What Google allows for `PROJECT:INSTANCE`.
const INSTANCE: usize = 98;

pub(super) fn check(config: &Config, faults: &mut Faults) {
    let database = &config.database;
    let most = INSTANCE.saturating_sub(config.project.id.chars().count() + 1).max(1);
    if let Some(what) = name(&database.instance, 1, most) {
        let allowed = format!("{}; PROJECT:INSTANCE has at most {INSTANCE}", name_rule(1, most));
        faults.add("database.instance", what, allowed, "choose another name");
    }
    machine(database, faults);
    if !is_time(&database.backup_start) {
        let remedy = "write two digits for the hour and two for the minute, in UTC";
        faults.add("database.backup_start", "is not a time of day", "HH:MM, from 00:00 to 23:59", remedy);
    }
    backups(database, faults);
    flags(database, faults);
    identifiers(database, faults);
}

fn machine(database: &Database, faults: &mut Faults) {
    let tier = match Tier::parse(&database.tier) {
        Ok(tier) => tier,
        Err(wrong) => return faults.add("database.tier", wrong.what, RULE, wrong.remedy),
    };
    let optimized = matches!(tier, Tier::Optimized { .. });
    match (database.edition, optimized) {
        (Edition::Enterprise, true) => {
            let remedy = "set the edition to \"enterprise-plus\", or choose a db-custom tier";
            faults.mutual("database.tier", "does not go with", "database.edition", RULE, remedy);
        }
        (Edition::EnterprisePlus, false) => {
            let remedy = "set the edition to \"enterprise\", or choose a db-perf-optimized-N tier";
            faults.mutual("database.tier", "does not go with", "database.edition", RULE, remedy);
        }
        _ => {}
    }
    let old = ["POSTGRES_9_6", "POSTGRES_10", "POSTGRES_11"];
    if database.edition == Edition::EnterprisePlus && old.contains(&database.version.as_str()) {
        let allowed = "POSTGRES_12 or newer for enterprise-plus";
        faults.mutual(
            "database.version",
            "does not go with",
            "database.edition",
            allowed,
            "choose a newer version",
        );
    }
}

fn is_time(text: &str) -> bool {
    let part = |text: &str, most: u32| {
        text.len() == 2 && is_number(text) && text.parse::<u32>().is_ok_and(|number| number <= most)
    };
    text.split_once(':').is_some_and(|(hour, minute)| part(hour, 23) && part(minute, 59))
}

/// Google keeps the logs for point-in-time recovery this many days unless told otherwise, and refuses fewer backups.
fn backups(database: &Database, faults: &mut Faults) {
    let logs = match database.edition {
        Edition::Enterprise => 7,
        Edition::EnterprisePlus => 14,
    };
    if database.pitr && database.retained_backups < logs {
        let allowed = format!("at least {logs}, for as many days of logs, or pitr = false");
        let remedy = format!("write {logs}, or switch point-in-time recovery off");
        faults.mutual("database.retained_backups", "is too few for", "database.pitr", &allowed, &remedy);
    }
}

fn flags(database: &Database, faults: &mut Faults) {
    for (flag, value) in &database.flags {
        let key = format!("database.flags.{flag}");
        let sound = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.';
        let wrong = length(flag, 1, 63).or_else(|| strange(flag, sound)).or_else(|| {
            (!flag.starts_with(|c: char| c.is_ascii_lowercase()))
                .then(|| "does not begin with a letter".into())
        });
        if let Some(what) = wrong {
            let allowed = "PostgreSQL's names: a-z, 0-9, _ and .";
            faults.add(
                key,
                format!("the name {what}"),
                allowed,
                "copy the name from Google's list of database flags",
            );
        } else if flag == "max_connections" && !connections(value) {
            let remedy = "write a number in quotes, such as \"100\"";
            faults.add(key, "is not a number of connections", "14 to 262143", remedy);
        } else if let Some(what) = length(value, 1, 1024) {
            faults.add(key, what, "1 to 1024 characters", "write a shorter value");
        }
    }
}

fn connections(value: &str) -> bool {
    is_number(value) && value.parse::<u32>().is_ok_and(|number| (14..=262_143).contains(&number))
}

fn identifiers(database: &Database, faults: &mut Faults) {
    let databases = ["postgres", "template0", "template1", "cloudsqladmin"];
    let users = ["postgres", "cloudsqladmin", "cloudsqlsuperuser", "cloudsqlreplica", "public", "none"];
    for (key, text, reserved) in [
        ("database.name", &database.name, databases.as_slice()),
        ("database.user", &database.user, users.as_slice()),
    ] {
        let sound = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let wrong = length(text, 1, 63)
            .or_else(|| strange(text, sound))
            .or_else(|| {
                let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
                (!starts).then(|| "does not begin with a letter".into())
            })
            .or_else(|| {
                let taken = reserved.contains(&text.as_str()) || text.starts_with("pg_");
                taken.then(|| "is a name that PostgreSQL or Cloud SQL keeps for itself".into())
            });
        if let Some(what) = wrong {
            let allowed =
                format!("1 to 63 letters, digits, _ and -, except {} and pg_*", reserved.join(", "));
            faults.add(key, what, allowed, "choose another name");
        }
    }
}

pub(super) fn warn(config: &Config, warnings: &mut Vec<Warning>) {
    let database = &config.database;
    let Ok(tier) = Tier::parse(&database.tier) else { return };
    if matches!(tier, Tier::Shared { .. }) && database.availability == Availability::Regional {
        warnings.push(Warning::SharedCoreRegional { tier: database.tier.clone() });
    }
    let memory_mb = tier.memory_mb();
    let limit = match database.flags.get("max_connections") {
        Some(value) => value.parse().ok(),
        None => Some(default_connections(memory_mb)),
    };
    let (instances, pool) = (config.cloud_run.max_instances, database.pool_per_instance);
    if let Some(limit) = limit
        && u64::from(instances) * u64::from(pool) > u64::from(limit)
    {
        warnings.push(Warning::Connections {
            instances,
            pool,
            limit,
            tier: database.tier.clone(),
            memory_mb,
        });
    }
}

/// What Google sets `max_connections` to by itself, by memory.
fn default_connections(mb: u32) -> u32 {
    match mb {
        0..1024 => 25,
        1024..3840 => 50,
        3840..6144 => 100,
        6144..7680 => 200,
        7680..15_360 => 400,
        15_360..30_720 => 500,
        30_720..61_440 => 600,
        61_440..122_880 => 800,
        _ => 1000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(change: impl FnOnce(&mut Config)) -> Config {
        let mut config = Config::default();
        change(&mut config);
        config
    }

    fn lines(change: impl FnOnce(&mut Database)) -> Vec<String> {
        let mut faults = Faults::default();
        check(&config(|config| change(&mut config.database)), &mut faults);
        faults.lines()
    }

    fn warnings(change: impl FnOnce(&mut Config)) -> Vec<Warning> {
        let mut warnings = Vec::new();
        warn(&config(change), &mut warnings);
        warnings
    }

    #[test]
    fn the_instance_and_the_project_together_have_a_longest_name() {
        // codementor-dev has 14 characters, the colon one.
        assert!(lines(|d| d.instance = "a".repeat(83)).is_empty());
        let expected = ["database.instance: is 84 characters long, longer than 83"];
        assert_eq!(lines(|d| d.instance = "a".repeat(84)), expected);
        assert_eq!(lines(|d| d.instance = "Db".into()), ["database.instance: holds the capital letter D"]);
    }

    #[test]
    fn tiers_go_with_editions() {
        let pair = |edition, tier: &str| {
            lines(|d| {
                d.edition = edition;
                d.retained_backups = 14;
                d.tier = tier.to_owned();
            })
        };
        for tier in ["db-f1-micro", "db-custom-2-7680"] {
            assert!(pair(Edition::Enterprise, tier).is_empty());
            let expected = ["database.tier: does not go with database.edition"];
            assert_eq!(pair(Edition::EnterprisePlus, tier), expected);
        }
        assert!(pair(Edition::EnterprisePlus, "db-perf-optimized-N-2").is_empty());
        assert_eq!(pair(Edition::Enterprise, "db-perf-optimized-N-2").len(), 1);
        assert_eq!(pair(Edition::Enterprise, "nonsense").len(), 1);
        let old = lines(|d| {
            (d.edition, d.retained_backups) = (Edition::EnterprisePlus, 14);
            (d.tier, d.version) = ("db-perf-optimized-N-2".into(), "POSTGRES_11".into());
        });
        assert_eq!(old, ["database.version: does not go with database.edition"]);
    }

    #[test]
    fn times_of_day() {
        for good in ["00:00", "23:59", "03:07"] {
            assert!(lines(|d| d.backup_start = good.into()).is_empty(), "{good}");
        }
        for bad in ["24:00", "23:60", "3:00", "03:0", "0300", "03:00:00", "+3:00", "03:00 UTC"] {
            let expected = ["database.backup_start: is not a time of day"];
            assert_eq!(lines(|d| d.backup_start = bad.into()), expected, "{bad}");
        }
    }

    #[test]
    fn point_in_time_recovery_needs_backups_for_its_logs() {
        let expected = ["database.retained_backups: is too few for database.pitr"];
        assert!(lines(|d| d.retained_backups = 7).is_empty());
        assert_eq!(lines(|d| d.retained_backups = 6), expected);
        assert!(lines(|d| (d.retained_backups, d.pitr) = (1, false)).is_empty());
        let plus = |backups| {
            lines(|d| {
                (d.edition, d.tier) = (Edition::EnterprisePlus, "db-perf-optimized-N-2".into());
                d.retained_backups = backups;
            })
        };
        assert!(plus(14).is_empty());
        assert_eq!(plus(13), expected);
    }

    #[test]
    fn flag_rules() {
        let flag = |name: &str, value: &str| lines(|d| drop(d.flags.insert(name.into(), value.into())));
        for (name, value) in [
            ("max_connections", "14"),
            ("max_connections", "262143"),
            ("cloudsql.iam_authentication", "on"),
            ("search_path", "a,b"),
        ] {
            assert!(flag(name, value).is_empty(), "{name} {value}");
        }
        for value in ["13", "262144", "many", "1e3", "+99"] {
            let expected = ["database.flags.max_connections: is not a number of connections"];
            assert_eq!(flag("max_connections", value), expected, "{value}");
        }
        for name in ["Max", "1a", "a-b", "", "a b"] {
            assert_eq!(flag(name, "1").len(), 1, "{name}");
        }
        assert_eq!(flag("a", &"x".repeat(1025)).len(), 1);
    }

    #[test]
    fn names_in_the_database() {
        let longest = "a".repeat(63);
        for good in ["app", "App_1", "_x", "a-b", &longest] {
            assert!(lines(|d| d.name = good.into()).is_empty(), "{good}");
            assert!(lines(|d| d.user = good.into()).is_empty(), "{good}");
        }
        let too_long = "a".repeat(64);
        for bad in ["postgres", "cloudsqladmin", "pg_x", "1a", "a b", "a'b", "a\"b", "é", "", &too_long] {
            assert_eq!(lines(|d| d.name = bad.into()).len(), 1, "{bad}");
            assert_eq!(lines(|d| d.user = bad.into()).len(), 1, "{bad}");
        }
        assert_eq!(lines(|d| d.name = "template1".into()).len(), 1);
    }

    #[test]
    fn more_connections_than_there_are_is_a_warning() {
        // 10 instances of 10 connections meet the 100 of the default flag.
        assert!(warnings(|c| c.database.pool_per_instance = 10).is_empty());
        let found = warnings(|c| c.database.pool_per_instance = 11);
        let text = found[0].to_string();
        assert_eq!(found.len(), 1);
        for number in ["10", "11", "110", "100", "0.6 GB"] {
            assert!(text.contains(number), "{number} in {text}");
        }
        // Without the flag, Google's own default for 0.6 GB counts.
        let no_flag = |pool| {
            warnings(|c| {
                c.database.flags.clear();
                c.cloud_run.max_instances = 5;
                c.database.pool_per_instance = pool;
            })
        };
        assert!(no_flag(5).is_empty());
        assert_eq!(no_flag(6).len(), 1);
    }

    #[test]
    fn a_shared_core_with_a_standby_is_a_warning() {
        let regional = |tier: &str| {
            warnings(|c| {
                c.database.availability = Availability::Regional;
                c.database.tier = tier.into();
            })
        };
        assert_eq!(regional("db-g1-small"), [Warning::SharedCoreRegional { tier: "db-g1-small".into() }]);
        assert!(regional("db-custom-1-3840").is_empty());
    }
}
