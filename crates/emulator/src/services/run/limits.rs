//! CPU, memory, concurrency, timeout, scaling: what goes with what.
//!
//! The numbers are documented ([CPU limits], [memory limits], [concurrency]); the sentence on memory is Google's, the others
//! are guesses in its manner.

use super::violation;
use crate::error::ApiError;
use serde_json::Value;

const GIB: f64 = 1_073_741_824.0;
const MIB: f64 = 1_048_576.0;

/// vCPUs from `1`, `1000m`, `0.5`.
pub fn cpus(text: &str) -> Option<f64> {
    match text.strip_suffix('m') {
        Some(milli) => milli.parse::<f64>().ok().map(|m| m / 1000.0),
        None => text.parse().ok(),
    }
}

/// Bytes from `512Mi`, `1Gi`, `1G`, `1024`.
pub fn bytes(text: &str) -> Option<f64> {
    let units = [("Ki", 1024.0), ("Mi", MIB), ("Gi", GIB), ("k", 1e3), ("M", 1e6), ("G", 1e9)];
    match units.iter().find_map(|(unit, factor)| text.strip_suffix(unit).map(|n| (n, *factor))) {
        Some((number, factor)) => number.parse::<f64>().ok().map(|n| n * factor),
        None => text.parse().ok(),
    }
}

/// Least and most memory for so many CPUs, as Google writes them.
fn memory_bounds(cpus: f64) -> (&'static str, &'static str) {
    match cpus {
        c if c < 0.5 => ("128Mi", "512Mi"),
        c if c < 1.0 => ("128Mi", "1Gi"),
        c if c < 2.0 => ("128Mi", "4Gi"),
        c if c < 4.0 => ("128Mi", "8Gi"),
        c if c < 6.0 => ("2Gi", "16Gi"),
        c if c < 8.0 => ("4Gi", "24Gi"),
        _ => ("4Gi", "32Gi"),
    }
}

/// Refuses a template whose container asks for what Cloud Run does not give.
pub fn check(spec: &Value, annotations: &Value) -> Result<(), ApiError> {
    let concurrency = integer(spec, "containerConcurrency").unwrap_or(80);
    if !(0..=1000).contains(&concurrency) {
        return Err(violation(
            "spec.template.spec.container_concurrency",
            "The container concurrency must be between 1 and 1000, inclusive.",
        ));
    }
    let timeout = integer(spec, "timeoutSeconds").unwrap_or(300);
    if !(1..=3600).contains(&timeout) {
        return Err(violation(
            "spec.template.spec.timeout_seconds",
            "The timeout must be between 1 and 3600 seconds, inclusive.",
        ));
    }
    for (index, container) in spec["containers"].as_array().into_iter().flatten().enumerate() {
        let field = format!("spec.template.spec.containers[{index}].resources.limits");
        resources(&field, &container["resources"]["limits"], concurrency, annotations)?;
    }
    scaling(annotations)
}

fn integer(value: &Value, key: &str) -> Option<i64> {
    value[key].as_i64().or_else(|| value[key].as_str().and_then(|t| t.parse().ok()))
}

fn resources(field: &str, limits: &Value, concurrency: i64, annotations: &Value) -> Result<(), ApiError> {
    let cpu_text = limits["cpu"].as_str().unwrap_or("1000m");
    let wrong_cpu = || {
        violation(
            &format!("{field}.cpu"),
            format!(
                "Invalid value specified for cpu: {cpu_text}. It must be 1, 2, 4, 6, 8 or a value between 0.08 and 1."
            ),
        )
    };
    let cpu = cpus(cpu_text).ok_or_else(wrong_cpu)?;
    let whole = [1.0, 2.0, 4.0, 6.0, 8.0].contains(&cpu);
    if !whole && !(0.08..1.0).contains(&cpu) {
        return Err(wrong_cpu());
    }
    let memory_text = limits["memory"].as_str().unwrap_or("512Mi");
    let (low, high) = memory_bounds(cpu);
    let fits = bytes(memory_text)
        .is_some_and(|m| bytes(low).is_some_and(|low| m >= low) && bytes(high).is_some_and(|high| m <= high));
    if !fits {
        return Err(violation(
            &format!("{field}.memory"),
            format!(
                "Invalid value specified for container memory. For {cpu:.1} CPU, memory must be between {low} and {high} inclusive."
            ),
        ));
    }
    if cpu < 1.0 && concurrency > 1 {
        return Err(violation(
            "spec.template.spec.container_concurrency",
            "Total cpu < 1 is not supported with concurrency > 1.",
        ));
    }
    if cpu < 1.0 && annotations["run.googleapis.com/cpu-throttling"] == "false" {
        return Err(violation(
            &format!("{field}.cpu"),
            "Total cpu < 1 is not supported with cpu-throttling set to false.",
        ));
    }
    if annotations["run.googleapis.com/execution-environment"] == "gen2"
        && bytes(memory_text).is_some_and(|m| m < 512.0 * MIB)
    {
        return Err(violation(
            &format!("{field}.memory"),
            "Total memory < 512 Mi is not supported with gen2 execution environment.",
        ));
    }
    Ok(())
}

fn scaling(annotations: &Value) -> Result<(), ApiError> {
    let number = |key: &str, least: i64| -> Result<Option<i64>, ApiError> {
        let Some(text) = annotations[key].as_str() else { return Ok(None) };
        match text.parse::<i64>() {
            Ok(n) if n >= least => Ok(Some(n)),
            _ => Err(violation(
                &format!("spec.template.metadata.annotations[{key}]"),
                format!("Invalid value '{text}': expected an integer of at least {least}."),
            )),
        }
    };
    let min = number("autoscaling.knative.dev/minScale", 0)?;
    let max = number("autoscaling.knative.dev/maxScale", 1)?;
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        return Err(violation(
            "spec.template.metadata.annotations[autoscaling.knative.dev/minScale]",
            format!("minScale ({min}) must not be greater than maxScale ({max})."),
        ));
    }
    Ok(())
}
