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

/// A file system on a device that cannot keep what it has promised: its blocks lie in a sparse file on a small disk. When that is full, writes are
/// told to be fine as before; their sync fails, and the kernel forgets what it could not write.
pub struct Device {
    // unmounted first
    front: Disk,
    back: Disk,
}

impl Device {
    /// None where there are no loop devices, or where they may not be used; that is said.
    pub fn of(bytes: u64) -> Option<Self> {
        let back = Disk::of(bytes);
        let image = back.path().join("image");
        File::create(&image).and_then(|file| file.set_len(bytes * 8)).expect("a sparse file");
        // without a journal the file system goes on behind an error; blocks are pages
        let made =
            Command::new("mkfs.ext4").args(["-q", "-F", "-b", "4096", "-O", "^has_journal"]).arg(&image).status();
        let front = Disk { directory: tempfile::tempdir().expect("a directory") };
        let device = Device { front, back };
        let mounted = made.is_ok_and(|status| status.success()) && device.mount().is_some();
        if !mounted {
            println!("skipped: there is no loop device here");
        }
        mounted.then_some(device)
    }

    fn mount(&self) -> Option<()> {
        let run = |command: &str, arguments: &[&Path]| {
            let output = Command::new(command).args(arguments).stderr(Stdio::inherit()).output().ok()?;
            output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        let image = self.back.path().join("image");
        let device = PathBuf::from(run("losetup", &["--find".as_ref(), "--show".as_ref(), &image])?);
        // a page at a time: of a longer write that finds room for its beginning the kernel says that all of it is kept
        let queue = Path::new("/sys/block").join(device.file_name()?).join("queue/max_sectors_kb");
        let mounted = fs::write(queue, "4").ok().and_then(|()| run("mount", &[&device, self.path()]));
        // goes when it is unmounted, or now
        run("losetup", &["--detach".as_ref(), &device])?;
        mounted.map(drop)
    }

    pub fn path(&self) -> &Path {
        self.front.path()
    }

    /// From now on new blocks are lost.
    pub fn fails(&self) {
        self.back.fill();
    }

    /// From now on they are kept. What was lost before is still read, out of the memory of the kernel.
    pub fn heals(&self) {
        self.back.free();
    }

    /// What only the memory of the kernel has is gone, as with a loss of power.
    pub fn forgets(&self) {
        assert!(Command::new("umount").arg(self.path()).status().expect("`umount`").success(), "somebody holds a file");
        self.mount().expect("it was mounted a moment ago");
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
