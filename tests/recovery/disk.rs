//! Real disks that fail: small ones that are filled and freed, read-only ones, files that may not grow.
//!
//! Mounts are made in a process that has its own (`unshare`), so none is left behind, whatever becomes of the test. Where that is not allowed
//! the test says so and does nothing.

use crate::child;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

const ROLE: &str = "with mounts of its own";

/// Runs the test in a process that may mount. `test` is the name of the test that calls this.
pub fn with_mounts(test: &str, run: impl FnOnce()) {
    if child::role().as_deref() == Some(ROLE) {
        return run();
    }
    let ways: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];
    let may = |way: &&&[&str]| {
        let mount = "mount -t tmpfs -o size=64k tmpfs /mnt";
        let tried = Command::new("unshare").args(**way).args(["sh", "-c", mount]).stderr(Stdio::null()).status();
        tried.is_ok_and(|status| status.success())
    };
    let Some(way) = ways.iter().find(may) else {
        println!("skipped: no file system may be mounted here");
        return;
    };
    let child = child::command(test, ROLE);
    let mut command = Command::new("unshare");
    command.args(*way).arg(child.get_program()).args(child.get_args());
    for (name, value) in child.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    let output = command.output().expect("`unshare` was there a moment ago");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{said}", String::from_utf8_lossy(&output.stdout));
}

/// A file system in memory with room for so many bytes.
pub struct Disk {
    directory: TempDir,
}

impl Disk {
    pub fn of(bytes: u64) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let disk = Disk { directory };
        disk.mount(&format!("size={bytes}"), &["-t", "tmpfs", "tmpfs"]);
        disk
    }

    fn mount(&self, options: &str, what: &[&str]) {
        let status = Command::new("mount").args(["-o", options]).args(what).arg(self.path()).status();
        assert!(status.expect("`mount`").success(), "cannot mount with {options}");
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }

    /// Takes all room that is left.
    pub fn fill(&self) {
        let mut file = File::options().create(true).append(true).open(self.ballast()).expect("a file");
        let full = loop {
            if let Err(error) = file.write_all(&[0; 4_096]) {
                break error;
            }
        };
        assert_eq!(full.kind(), io::ErrorKind::StorageFull, "{full}");
    }

    /// Gives it back.
    pub fn free(&self) {
        fs::remove_file(self.ballast()).expect("it was filled");
    }

    /// Takes no more writes. No file may be open for writing, or the kernel refuses.
    pub fn read_only(&self) {
        self.mount("remount,ro", &[]);
    }

    pub fn writable(&self) {
        self.mount("remount,rw", &[]);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // the mount goes with the process; this is so that the directory can go before
        let _ = Command::new("umount").args(["--lazy".as_ref(), self.path().as_os_str()]).status();
    }
}

/// The same command, of a process whose files may have so many bytes: a write across the limit is cut short, the next one is refused.
pub fn limited(command: &Command, kilobytes: u64) -> Command {
    let mut limited = Command::new("sh");
    // the signal that comes with it would end the process; blocks are of 512 bytes
    let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", kilobytes * 2);
    limited.args(["-c", &script, "sh"]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        limited.env(name, value.unwrap_or_default());
    }
    limited
}
