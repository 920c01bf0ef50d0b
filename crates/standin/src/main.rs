//! `gcloud-standin`: see the library.

fn main() -> std::process::ExitCode {
    standin::main()
}
