use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// One gcloud process, as the kernel saw it.
#[derive(Debug)]
pub struct Recorded {
    /// The arguments, without the program.
    pub arguments: Vec<String>,
    /// The whole environment, `NAME=value`.
    pub environment: Vec<String>,
}

/// Puts a `gcloud` into `folder/bin` that writes down its arguments and environment and then becomes the real one.
pub(crate) fn install(folder: &Path, real: &Path) {
    let (bin, log) = (folder.join("bin"), folder.join("recorded"));
    std::fs::create_dir_all(&bin).expect("a folder");
    std::fs::create_dir_all(&log).expect("a folder");
    // mktemp would be a further process; the shell's own id is unique enough among these.
    let script = format!(
        "#!/bin/bash\nn={log}/$EPOCHREALTIME-$$\nprintf '%s\\0' \"$@\" > $n.argv\ncat /proc/$$/environ > $n.env\nexec {real} \"$@\"\n",
        log = log.display(),
        real = real.display()
    );
    let file = bin.join("gcloud");
    std::fs::write(&file, script).expect("the script is written");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("it can be run");
}

pub(crate) fn read(folder: &Path) -> Vec<Recorded> {
    let split = |path: &Path| -> Vec<String> {
        let bytes = std::fs::read(path).unwrap_or_default();
        bytes
            .split(|b| *b == 0)
            .map(|part| String::from_utf8_lossy(part).into_owned())
            .filter(|s| !s.is_empty())
            .collect()
    };
    let mut files: Vec<_> = std::fs::read_dir(folder.join("recorded"))
        .expect("the folder")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "argv"))
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| Recorded { arguments: split(file), environment: split(&file.with_extension("env")) })
        .collect()
}
