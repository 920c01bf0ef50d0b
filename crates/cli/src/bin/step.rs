//! Deploys one step.

fn main() -> std::process::ExitCode {
    cli::step()
}
