//! Jobs in a process of their own: the test starts itself again, with a variable that says what to run.

use std::env;
use std::process::Command;

const ROLE: &str = "STREAMFLOW_TEST_CHILD";

/// What this process is to run, if it is a child.
pub fn role() -> Option<String> {
    env::var(ROLE).ok()
}

/// This program again, in a role: it runs the test of that name alone, which looks at its role first. The harness prints
/// lines of its own to standard output; those of a job are told apart by their form.
pub fn command(test: &str, role: &str) -> Command {
    let mut command = Command::new(env::current_exe().expect("this program"));
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(ROLE, role);
    command
}
