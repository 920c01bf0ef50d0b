//! Deploys everything, step by step.

fn main() -> std::process::ExitCode {
    cli::deploy_all()
}
