//! The flags and tiers that Cloud SQL offers for PostgreSQL: those that people set, not all of them.

use crate::call::{Call, Reply};
use serde_json::{Value, json};

/// What a flag takes.
pub enum Takes {
    /// A whole number within these bounds.
    Integer(i64, i64),
    /// A number within these bounds.
    Float(f64, f64),
    /// `on` or `off`.
    Boolean,
    /// One of these words; any text where there are none.
    Text(&'static [&'static str]),
}

/// One flag.
pub struct Flag {
    name: &'static str,
    takes: Takes,
    restart: bool,
}

impl Flag {
    /// Whether it takes this value.
    pub fn takes(&self, value: &str) -> bool {
        match &self.takes {
            Takes::Integer(from, to) => value.parse::<i64>().is_ok_and(|n| (*from..=*to).contains(&n)),
            Takes::Float(from, to) => value.parse::<f64>().is_ok_and(|n| (*from..=*to).contains(&n)),
            Takes::Boolean => value == "on" || value == "off",
            Takes::Text(words) => !value.is_empty() && (words.is_empty() || words.contains(&value)),
        }
    }
}

const fn flag_of(name: &'static str, takes: Takes, restart: bool) -> Flag {
    Flag { name, takes, restart }
}

const DAY_MS: i64 = 2_147_483_647;

/// From Google's page of flags for PostgreSQL.
static FLAGS: &[Flag] = &[
    flag_of("autovacuum", Takes::Boolean, false),
    flag_of("autovacuum_max_workers", Takes::Integer(1, 262_143), true),
    flag_of("autovacuum_naptime", Takes::Integer(1, 2_147_483), false),
    flag_of("autovacuum_vacuum_scale_factor", Takes::Float(0.0, 100.0), false),
    flag_of("autovacuum_analyze_scale_factor", Takes::Float(0.0, 100.0), false),
    flag_of("checkpoint_timeout", Takes::Integer(30, 86_400), false),
    flag_of("cloudsql.enable_pgaudit", Takes::Boolean, true),
    flag_of("cloudsql.iam_authentication", Takes::Boolean, false),
    flag_of("cloudsql.logical_decoding", Takes::Boolean, true),
    flag_of("deadlock_timeout", Takes::Integer(1, DAY_MS), false),
    flag_of("default_statistics_target", Takes::Integer(1, 10_000), false),
    flag_of("effective_cache_size", Takes::Integer(1, DAY_MS), false),
    flag_of("idle_in_transaction_session_timeout", Takes::Integer(0, DAY_MS), false),
    flag_of("lock_timeout", Takes::Integer(0, DAY_MS), false),
    flag_of("log_checkpoints", Takes::Boolean, false),
    flag_of("log_connections", Takes::Boolean, false),
    flag_of("log_disconnections", Takes::Boolean, false),
    flag_of("log_duration", Takes::Boolean, false),
    flag_of("log_lock_waits", Takes::Boolean, false),
    flag_of("log_min_duration_statement", Takes::Integer(-1, DAY_MS), false),
    flag_of(
        "log_min_error_statement",
        Takes::Text(&[
            "debug5", "debug4", "debug3", "debug2", "debug1", "info", "notice", "warning", "error", "log",
            "fatal", "panic",
        ]),
        false,
    ),
    flag_of(
        "log_min_messages",
        Takes::Text(&[
            "debug5", "debug4", "debug3", "debug2", "debug1", "info", "notice", "warning", "error", "log",
            "fatal", "panic",
        ]),
        false,
    ),
    flag_of("log_statement", Takes::Text(&["none", "ddl", "mod", "all"]), false),
    flag_of("log_temp_files", Takes::Integer(-1, DAY_MS), false),
    flag_of("maintenance_work_mem", Takes::Integer(1024, DAY_MS), false),
    flag_of("max_connections", Takes::Integer(14, 262_143), true),
    flag_of("max_locks_per_transaction", Takes::Integer(10, DAY_MS), true),
    flag_of("max_parallel_workers", Takes::Integer(0, 1024), false),
    flag_of("max_parallel_workers_per_gather", Takes::Integer(0, 1024), false),
    flag_of("max_replication_slots", Takes::Integer(10, 262_143), true),
    flag_of("max_wal_senders", Takes::Integer(10, 262_143), true),
    flag_of("max_wal_size", Takes::Integer(2, DAY_MS), false),
    flag_of("max_worker_processes", Takes::Integer(8, 262_143), true),
    flag_of("password_encryption", Takes::Text(&["md5", "scram-sha-256"]), false),
    flag_of("pg_stat_statements.track", Takes::Text(&["none", "top", "all"]), false),
    flag_of("random_page_cost", Takes::Float(0.0, 2_147_483_647.0), false),
    flag_of("shared_buffers", Takes::Integer(16, 1_073_741_823), true),
    flag_of("statement_timeout", Takes::Integer(0, DAY_MS), false),
    flag_of("temp_file_limit", Takes::Integer(1_048_576, DAY_MS), false),
    flag_of("timezone", Takes::Text(&[]), false),
    flag_of("track_activity_query_size", Takes::Integer(100, 102_400), true),
    flag_of("work_mem", Takes::Integer(64, DAY_MS), false),
];

/// A flag by its name.
pub fn flag(name: &str) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.name == name)
}

/// Answers `flags.list`.
pub fn flags(call: &Call) -> Reply {
    let asked = call.query("databaseVersion").unwrap_or("POSTGRES_15");
    let versions = ["POSTGRES_13", "POSTGRES_14", "POSTGRES_15", "POSTGRES_16", "POSTGRES_17"];
    let items: Vec<Value> =
        FLAGS.iter().filter(|_| versions.contains(&asked)).map(|f| show(f, &versions)).collect();
    let mut body = json!({"kind": "sql#flagsList"});
    if !items.is_empty() {
        body["items"] = Value::Array(items);
    }
    body.into()
}

fn show(flag: &Flag, versions: &[&str]) -> Value {
    let mut shown = json!({"kind": "sql#flag", "name": flag.name, "appliesTo": versions,
                           "requiresRestart": flag.restart});
    match &flag.takes {
        Takes::Integer(from, to) => {
            shown["type"] = json!("INTEGER");
            shown["minValue"] = json!(from.to_string());
            shown["maxValue"] = json!(to.to_string());
        }
        Takes::Float(..) => shown["type"] = json!("FLOAT"),
        Takes::Boolean => shown["type"] = json!("BOOLEAN"),
        Takes::Text(words) => {
            shown["type"] = json!("STRING");
            if !words.is_empty() {
                shown["allowedStringValues"] = json!(words);
            }
        }
    }
    shown
}

/// Answers `tiers.list`: name, memory in MB.
pub fn tiers() -> Reply {
    let tiers = [
        ("db-f1-micro", 614_u64),
        ("db-g1-small", 1740),
        ("db-custom-1-3840", 3840),
        ("db-custom-2-7680", 7680),
        ("db-custom-4-15360", 15360),
        ("db-custom-8-30720", 30720),
        ("db-perf-optimized-N-2", 16384),
        ("db-perf-optimized-N-4", 32768),
        ("db-perf-optimized-N-8", 65536),
    ];
    let items: Vec<Value> = tiers
        .iter()
        .map(|(tier, megabytes)| {
            json!({"kind": "sql#tier", "tier": tier, "RAM": (megabytes * 1024 * 1024).to_string(),
                   "DiskQuota": if *megabytes < 2000 { "3287785914368" } else { "70368744177664" },
                   "region": ["us-central1", "us-east1", "us-west1", "europe-west1", "asia-east1"]})
        })
        .collect();
    json!({"kind": "sql#tiersList", "items": items}).into()
}
