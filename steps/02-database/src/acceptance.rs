//! Whether the instance is what the application was promised.

use config::Config;
use engine::Finding;
use serde_json::Value;

fn on(yes: bool) -> &'static str {
    if yes { "on" } else { "off" }
}

/// The acceptance checks of an instance, out of its description.
pub fn findings(config: &Config, instance: &Value) -> Vec<Finding> {
    let settings = &instance["settings"];
    let (ip, backups) = (&settings["ipConfiguration"], &settings["backupConfiguration"]);
    let addresses = || instance["ipAddresses"].as_array().into_iter().flatten();
    let private = addresses().filter(|address| address["type"] == "PRIVATE").count();
    let public: Vec<&str> =
        addresses().filter(|a| a["type"] == "PRIMARY").filter_map(|a| a["ipAddress"].as_str()).collect();
    let open = ip["ipv4Enabled"] == true || !public.is_empty();
    let reached = match (open, private) {
        (true, _) => format!("a public one too: {}", if public.is_empty() { "enabled" } else { public[0] }),
        (false, 0) => "none".to_owned(),
        (false, _) => "a private one only".to_owned(),
    };
    let tls = ip["sslMode"].as_str().unwrap_or("(none)");
    let enforced = matches!(tls, "ENCRYPTED_ONLY" | "TRUSTED_CLIENT_CERTIFICATE_REQUIRED");
    let state = instance["state"].as_str().unwrap_or("(none)");
    let wanted = &config.database;
    let start = backups["startTime"].as_str().unwrap_or("?");
    let found = if backups["enabled"] == true { format!("daily at {start}") } else { "off".to_owned() };
    let mut findings = vec![
        Finding::equal("state", "RUNNABLE", state),
        Finding::new("address", "a private one only", reached, !open && private > 0),
        Finding::new("TLS", "enforced", tls, enforced),
        Finding::new(
            "backups",
            format!("daily at {}", wanted.backup_start),
            found,
            backups["enabled"] == true,
        ),
    ];
    let pitr = backups["pointInTimeRecoveryEnabled"] == true;
    findings.push(Finding::equal("point-in-time recovery", on(wanted.pitr), on(pitr)));
    if wanted.deletion_protection {
        let protected = settings["deletionProtectionEnabled"] == true;
        findings.push(Finding::equal("deletion protection", "on", on(protected)));
    }
    findings
}
