//! CPU and memory of a Cloud Run instance, which only go together within Google's table.

use super::Faults;
use super::grammar::is_number;
use crate::model::CloudRun;

/// More than one CPU comes in these numbers only.
const WHOLE: [u32; 5] = [1, 2, 4, 6, 8];

const CPU_RULE: &str = "1, 2, 4, 6, 8, or a share from 0.08 to 0.999";
const MEMORY_RULE: &str = "a whole number with Mi or Gi, such as \"512Mi\"";

pub(super) fn check(run: &CloudRun, faults: &mut Faults) {
    let cpu = thousandths(&run.cpu).filter(|cpu| {
        (80..1000).contains(cpu) || (cpu.is_multiple_of(1000) && WHOLE.contains(&(cpu / 1000)))
    });
    if cpu.is_none() {
        faults.add(
            "cloud_run.cpu",
            "is not a number of CPUs that Cloud Run has",
            CPU_RULE,
            "choose one of these",
        );
    }
    let memory = mebibytes(&run.memory);
    if memory.is_none() {
        let remedy = "write the unit with an i: Mi for 1024 Ki, Gi for 1024 Mi";
        faults.add("cloud_run.memory", "is not an amount of memory", MEMORY_RULE, remedy);
    }
    if let Some(cpu) = cpu
        && cpu < 1000
        && run.concurrency != 1
    {
        let remedy = "set the concurrency to 1, or give the instance 1 CPU";
        let allowed = "a concurrency of 1 with less than 1 CPU";
        faults.mutual("cloud_run.concurrency", "does not go with", "cloud_run.cpu", allowed, remedy);
    }
    if let (Some(cpu), Some(memory)) = (cpu, memory) {
        let (least, most) = bounds(cpu);
        if !(least..=most).contains(&memory) {
            let allowed = format!("{} to {} with this many CPUs", amount(least), amount(most));
            let remedy = match WHOLE.iter().find(|cpu| bounds(*cpu * 1000).1 >= memory) {
                Some(cpu) if memory > most => format!("lower the memory, or set cpu to \"{cpu}\""),
                Some(_) => format!("write \"{}\" or more, or fewer CPUs", amount(least)),
                None => "lower the memory: Cloud Run has at most 32Gi".into(),
            };
            faults.mutual("cloud_run.memory", "does not go with", "cloud_run.cpu", &allowed, &remedy);
        }
    }
}

/// Least and most memory in Mi, by thousandths of a CPU.
fn bounds(cpu: u32) -> (u32, u32) {
    match cpu {
        0..500 => (128, 512),
        500..1000 => (128, 1024),
        1000..2000 => (128, 4096),
        2000..4000 => (128, 8192),
        4000..6000 => (2048, 16_384),
        6000..8000 => (4096, 24_576),
        _ => (4096, 32_768),
    }
}

/// `1`, `0.5` or `500m`, in thousandths.
fn thousandths(text: &str) -> Option<u32> {
    let plain =
        |text: &str, most: usize| (is_number(text) && text.len() <= most).then(|| text.parse::<u32>().ok());
    if let Some(milli) = text.strip_suffix('m') {
        return plain(milli, 4)?;
    }
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let whole = plain(whole, 1)??;
    let part = plain(&format!("{part:0<3}"), 3)??;
    Some(whole * 1000 + part)
}

fn mebibytes(text: &str) -> Option<u32> {
    let (number, factor) = match (text.strip_suffix("Mi"), text.strip_suffix("Gi")) {
        (Some(number), _) => (number, 1),
        (_, Some(number)) => (number, 1024),
        _ => return None,
    };
    let plain = is_number(number) && number.len() <= 5 && !number.starts_with('0');
    if plain { number.parse::<u32>().ok().map(|number| number * factor) } else { None }
}

fn amount(mebibytes: u32) -> String {
    if mebibytes.is_multiple_of(1024) { format!("{}Gi", mebibytes / 1024) } else { format!("{mebibytes}Mi") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(cpu: &str, memory: &str, concurrency: u32) -> Vec<String> {
        let run = CloudRun { cpu: cpu.into(), memory: memory.into(), concurrency, ..CloudRun::default() };
        let mut faults = Faults::default();
        check(&run, &mut faults);
        faults.lines()
    }

    #[test]
    fn googles_table_on_both_sides() {
        let together = [
            ("0.08", "128Mi", "512Mi"),
            ("0.499", "128Mi", "512Mi"),
            ("0.5", "128Mi", "1Gi"),
            ("500m", "128Mi", "1024Mi"),
            ("1", "128Mi", "4Gi"),
            ("1.0", "128Mi", "4Gi"),
            ("1000m", "128Mi", "4Gi"),
            ("2", "128Mi", "8Gi"),
            ("4", "2Gi", "16Gi"),
            ("6", "4Gi", "24Gi"),
            ("8", "4Gi", "32Gi"),
        ];
        for (cpu, least, most) in together {
            for memory in [least, most] {
                assert!(lines(cpu, memory, 1).is_empty(), "{cpu} {memory}");
            }
            let below = format!("{}Mi", mebibytes(least).unwrap() - 1);
            let above = format!("{}Mi", mebibytes(most).unwrap() + 1);
            for memory in [below, above] {
                let expected = ["cloud_run.memory: does not go with cloud_run.cpu"];
                assert_eq!(lines(cpu, &memory, 1), expected, "{cpu} {memory}");
            }
        }
    }

    #[test]
    fn cpus_that_do_not_exist() {
        for bad in [
            "0", "0.07", "0.0799", "1.5", "3", "5", "7", "9", "16", "-1", "1,5", "one", "", "1500m", "m", ".",
        ] {
            let expected = ["cloud_run.cpu: is not a number of CPUs that Cloud Run has"];
            assert_eq!(lines(bad, "512Mi", 1), expected, "{bad}");
        }
    }

    #[test]
    fn memory_is_written_with_a_binary_unit() {
        for bad in ["512", "512M", "512MB", "512mi", "0.5Gi", "Mi", "", "-1Gi", "0512Mi", "999999Mi", "1 Gi"]
        {
            assert_eq!(lines("1", bad, 1), ["cloud_run.memory: is not an amount of memory"], "{bad}");
        }
    }

    #[test]
    fn a_part_of_a_cpu_takes_one_request_at_a_time() {
        let expected = ["cloud_run.concurrency: does not go with cloud_run.cpu"];
        assert_eq!(lines("0.5", "512Mi", 2), expected);
        assert!(lines("0.5", "512Mi", 1).is_empty());
        assert!(lines("1", "512Mi", 2).is_empty());
    }
}
