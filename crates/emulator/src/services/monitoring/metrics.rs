//! Metrics that exist: Google's own (as far as this project's users watch them), log-based ones, custom ones.
//!
//! Names, kinds and types are from Google's published list of metrics.

use crate::services::logging;
use crate::world::World;
use serde_json::{Value, json};

/// What an aligner or a reducer works on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A value at an instant.
    Gauge,
    /// A change over an interval.
    Delta,
    /// A sum since a start.
    Cumulative,
}

/// Type of a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Type {
    /// A whole number.
    Int64,
    /// A number.
    Double,
    /// True or false.
    Bool,
    /// Text.
    Text,
    /// A histogram.
    Distribution,
}

impl Kind {
    /// As Google writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gauge => "GAUGE",
            Self::Delta => "DELTA",
            Self::Cumulative => "CUMULATIVE",
        }
    }
}

impl Type {
    /// As Google writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Int64 => "INT64",
            Self::Double => "DOUBLE",
            Self::Bool => "BOOL",
            Self::Text => "STRING",
            Self::Distribution => "DISTRIBUTION",
        }
    }

    /// A number.
    pub fn numeric(self) -> bool {
        matches!(self, Self::Int64 | Self::Double)
    }
}

/// Prefix, monitored resource types, and its metrics: one letter for the kind (Gauge, Delta), one for the type (Int64,
/// Float, Bool, Text, Histogram), and the names.
type Family = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

const FAMILIES: &[Family] = &[
    (
        "run.googleapis.com/",
        &["cloud_run_revision", "cloud_run_job", "cloud_run_worker_pool"],
        &[
            (
                "DI",
                "request_count pending_queue/dropped_requests container/network/received_bytes_count \
                    container/network/sent_bytes_count container/probe_attempt_count \
                    container/completed_probe_attempt_count job/completed_execution_count \
                    job/completed_task_attempt_count",
            ),
            (
                "GI",
                "container/instance_count pending_queue/pending_requests job/running_executions \
                    job/running_task_attempts",
            ),
            (
                "DF",
                "container/billable_instance_time container/cpu/allocation_time container/memory/allocation_time",
            ),
            (
                "DH",
                "request_latencies request_latency/e2e_latencies container/cpu/utilizations container/cpu/usage \
                    container/memory/utilizations container/memory/usage container/max_request_concurrencies \
                    container/startup_latencies container/probe_latencies",
            ),
        ],
    ),
    (
        "cloudsql.googleapis.com/database/",
        &["cloudsql_database"],
        &[
            (
                "GF",
                "cpu/utilization cpu/reserved_cores memory/utilization memory/components disk/utilization \
                    replication/replica_lag postgresql/transaction_id_utilization \
                    postgresql/external_sync/max_replica_byte_lag",
            ),
            ("DF", "cpu/usage_time"),
            (
                "GI",
                "up available_for_failover memory/usage memory/total_usage memory/quota disk/bytes_used disk/quota \
                    network/connections replication/network_lag postgresql/num_backends \
                    postgresql/num_backends_by_state postgresql/num_backends_by_application \
                    postgresql/replication/replica_byte_lag postgresql/vacuum/oldest_transaction_age \
                    postgresql/backends_in_wait postgresql/data_cache/bytes_used",
            ),
            (
                "DI",
                "uptime disk/read_ops_count disk/write_ops_count disk/read_bytes_count disk/write_bytes_count \
                    network/received_bytes_count network/sent_bytes_count auto_failover_request_count \
                    postgresql/transaction_count postgresql/transaction_id_count postgresql/deadlock_count \
                    postgresql/new_connection_count postgresql/statements_executed_count \
                    postgresql/temp_bytes_written_count postgresql/temp_files_written_count \
                    postgresql/blocks_read_count postgresql/tuples_fetched_count postgresql/tuples_returned_count \
                    postgresql/tuples_processed_count postgresql/tuple_size",
            ),
            ("GT", "state"),
            ("GB", "instance_state"),
        ],
    ),
    (
        "redis.googleapis.com/",
        &["redis_instance"],
        &[
            (
                "GI",
                "clients/connected clients/blocked keyspace/keys keyspace/keys_with_expiration stats/memory/usage \
                    stats/memory/maxmemory stats/connections/rejected server/uptime replication/role \
                    replication/offset_diff replication/master/slaves/lag",
            ),
            (
                "GF",
                "stats/memory/usage_ratio stats/memory/system_memory_usage_ratio stats/cache_hit_ratio \
                    stats/average_ttl commands/usec_per_call",
            ),
            (
                "DI",
                "commands/calls commands/total_time stats/connections/total stats/evicted_keys stats/expired_keys \
                    stats/keyspace_hits stats/keyspace_misses stats/network_traffic stats/reject_connections_count \
                    stats/memory/system_memory_overload_duration",
            ),
            ("DF", "stats/cpu_utilization stats/cpu_utilization_main_thread"),
            ("GB", "rdb/recovery"),
        ],
    ),
    (
        "serviceruntime.googleapis.com/",
        &["consumer_quota", "consumed_api", "producer_quota", "api"],
        &[
            ("GI", "quota/allocation/usage quota/limit quota/concurrent/usage quota/concurrent/limit"),
            ("DI", "quota/rate/net_usage api/request_count"),
            ("GB", "quota/exceeded quota/concurrent/exceeded"),
            ("DH", "api/request_latencies api/request_sizes api/response_sizes"),
        ],
    ),
    (
        "monitoring.googleapis.com/",
        &[
            "uptime_url",
            "gce_instance",
            "gae_app",
            "k8s_service",
            "servicedirectory_service",
            "cloud_run_revision",
            "aws_ec2_instance",
            "aws_elb_load_balancer",
        ],
        &[
            ("GB", "uptime_check/check_passed uptime_check/content_mismatch"),
            ("GI", "uptime_check/http_status uptime_check/time_until_ssl_cert_expires"),
            ("GF", "uptime_check/request_latency"),
            ("GT", "uptime_check/error_code"),
        ],
    ),
    (
        "vpcaccess.googleapis.com/connector/",
        &["vpc_access_connector"],
        &[
            ("DI", "received_bytes_count received_packets_count sent_bytes_count sent_packets_count"),
            ("GI", "instances"),
            ("GF", "cpu/utilizations"),
        ],
    ),
];

/// Metrics of the logging system itself; any resource has them.
const LOGGING: &[(&str, &str)] = &[
    (
        "DI",
        "log_entry_count byte_count dropped_log_entry_count exports/log_entry_count exports/byte_count \
            exports/error_count logs_based_metrics_error_count",
    ),
    ("GI", "billing/bytes_ingested billing/monthly_bytes_ingested"),
];

/// Prefix of log-based metrics.
const USER: &str = "logging.googleapis.com/user/";

/// Monitored resource types that a filter may name (Google's list, as far as it concerns this project and its like).
const RESOURCES: &[&str] = &[
    "cloud_run_revision",
    "cloud_run_job",
    "cloud_run_worker_pool",
    "cloudsql_database",
    "redis_instance",
    "consumer_quota",
    "consumed_api",
    "producer_quota",
    "api",
    "uptime_url",
    "gce_instance",
    "gae_app",
    "k8s_service",
    "k8s_container",
    "k8s_pod",
    "k8s_node",
    "k8s_cluster",
    "servicedirectory_service",
    "vpc_access_connector",
    "global",
    "generic_task",
    "generic_node",
    "gcs_bucket",
    "cloud_function",
    "cloud_build",
    "build",
    "pubsub_topic",
    "pubsub_subscription",
    "l7_lb_rule",
    "https_lb_rule",
    "bigquery_project",
    "project",
    "logging_sink",
    "metric",
    "aws_ec2_instance",
    "aws_elb_load_balancer",
    "gce_subnetwork",
    "gce_disk",
    "nat_gateway",
    "audited_resource",
];

/// What is known of a metric.
#[derive(Clone, Debug, PartialEq)]
pub enum Metric {
    /// It exists, and is of this kind and type.
    Known(Kind, Type, &'static [&'static str]),
    /// A service that this emulator has no list of: taken as existing.
    Unlisted,
    /// There is none.
    None,
}

/// Finds a metric.
pub fn find(world: &World, project: &str, name: &str) -> Metric {
    if let Some(id) = name.strip_prefix(USER) {
        return match logging::find_metric(world, project, id) {
            Some(metric) if logging::metric_visible(world, project, id) => {
                let distribution = metric["metricDescriptor"]["valueType"] == "DISTRIBUTION";
                Metric::Known(Kind::Delta, if distribution { Type::Distribution } else { Type::Int64 }, &[])
            }
            _ => Metric::None,
        };
    }
    if let Some(rest) = name.strip_prefix("logging.googleapis.com/") {
        return listed(LOGGING, rest, &[]);
    }
    if let Some((prefix, resources, groups)) = FAMILIES.iter().find(|(prefix, ..)| name.starts_with(prefix)) {
        return listed(groups, &name[prefix.len()..], resources);
    }
    let host = name.split('/').next().unwrap_or("");
    let custom = [
        "custom.googleapis.com",
        "workload.googleapis.com",
        "external.googleapis.com",
        "prometheus.googleapis.com",
    ];
    if name.contains('/') && host.ends_with(".googleapis.com") && !custom.contains(&host) {
        return Metric::Unlisted;
    }
    // Custom metrics exist from their first point or descriptor on; nobody writes points here.
    match world.get(&format!("monitoring/projects/{project}/metricDescriptors/{}", name.replace('/', "%2F")))
    {
        Some(_) => Metric::Unlisted,
        None => Metric::None,
    }
}

fn listed(groups: &[(&str, &str)], name: &str, resources: &'static [&'static str]) -> Metric {
    groups.iter().find(|(_, names)| names.split_whitespace().any(|n| n == name)).map_or(
        Metric::None,
        |(code, _)| {
            let (kind, value_type) = decode(code);
            Metric::Known(kind, value_type, resources)
        },
    )
}

fn decode(code: &str) -> (Kind, Type) {
    let kind = if code.starts_with('G') { Kind::Gauge } else { Kind::Delta };
    let value_type = match code.as_bytes().get(1) {
        Some(b'I') => Type::Int64,
        Some(b'F') => Type::Double,
        Some(b'B') => Type::Bool,
        Some(b'T') => Type::Text,
        _ => Type::Distribution,
    };
    (kind, value_type)
}

/// Whether a filter may name this resource type.
pub fn is_resource(name: &str) -> bool {
    RESOURCES.contains(&name)
}

/// Descriptors of all metrics that a project has.
pub fn descriptors(world: &World, project: &str) -> Vec<Value> {
    let describe = |full: &str, code: &str, resources: &[&str]| {
        let (kind, value_type) = decode(code);
        json!({"name": format!("projects/{project}/metricDescriptors/{full}"), "type": full,
               "metricKind": kind.name(), "valueType": value_type.name(), "monitoredResourceTypes": resources})
    };
    let mut rows = Vec::new();
    for (prefix, resources, groups) in FAMILIES {
        for (code, names) in *groups {
            rows.extend(names.split_whitespace().map(|n| describe(&format!("{prefix}{n}"), code, resources)));
        }
    }
    for (code, names) in LOGGING {
        rows.extend(
            names
                .split_whitespace()
                .map(|n| describe(&format!("logging.googleapis.com/{n}"), code, &["global"])),
        );
    }
    let user = world.list(&format!("logging/projects/{project}/metrics"));
    rows.extend(user.into_iter().map(|(_, metric)| metric["metricDescriptor"].clone()));
    let custom = world.list(&format!("monitoring/projects/{project}/metricDescriptors"));
    rows.extend(custom.into_iter().map(|(_, descriptor)| descriptor.clone()));
    rows.sort_by(|a, b| a["type"].as_str().cmp(&b["type"].as_str()));
    rows
}
