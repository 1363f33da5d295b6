//! Ctrl-C and SIGTERM finish the batch; a second one, or a batch that takes too long, ends the process.

use super::drive::Control;
use crate::{Error, ErrorKind};
use signal_hook::SigId;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::time::Duration;

/// Watches the signals until it is dropped.
pub(crate) struct Watch {
    signals: Vec<SigId>,
    #[cfg(unix)]
    _deadline: deadline::Deadline,
}

/// The exit code of a process that a second signal ended: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

/// Between the first signal and the end of the process there are at most so many seconds.
pub(crate) fn watch(control: &Control, stop_within: Duration) -> Result<Watch, Error> {
    let failed = |cause| Error::new(ErrorKind::System, "cannot watch for Ctrl-C").because(cause);
    #[cfg(not(unix))]
    let _ = stop_within;
    let mut watch = Watch {
        signals: vec![],
        #[cfg(unix)]
        _deadline: deadline::Deadline::begin(stop_within).map_err(failed)?,
    };
    for signal in [SIGINT, SIGTERM] {
        // the order matters: the first signal finds the flag down, raises it, and only the second one ends the process
        for registered in [
            flag::register_conditional_shutdown(signal, INTERRUPTED, control.stop.clone()),
            flag::register(signal, control.stop.clone()),
        ] {
            watch.signals.push(registered.map_err(failed)?);
        }
        #[cfg(unix)]
        watch.signals.push(watch._deadline.register(signal).map_err(failed)?);
    }
    Ok(watch)
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.signals.drain(..).for_each(|id| {
            signal_hook::low_level::unregister(id);
        });
    }
}

#[cfg(unix)]
mod deadline {
    use signal_hook::SigId;
    use signal_hook::low_level::pipe;
    use std::io::{self, Read};
    use std::net::Shutdown;
    use std::os::unix::net::UnixStream;
    use std::thread::JoinHandle;
    use std::time::Duration;

    /// The exit code of a process that could not finish in time: EX_TEMPFAIL of sysexits.h.
    const TRY_AGAIN: i32 = 75;

    /// A thread that sleeps until there is a signal, and then for as long as the job may take.
    pub(super) struct Deadline {
        signalled: UnixStream,
        thread: Option<JoinHandle<()>>,
    }

    impl Deadline {
        pub fn begin(stop_within: Duration) -> io::Result<Self> {
            let (signalled, mut wakes) = UnixStream::pair()?;
            let work = move || {
                let mut byte = [0];
                if wakes.read(&mut byte).is_ok_and(|read| read == 1) {
                    // no time at all is no timeout to the system
                    let _ = wakes.set_read_timeout(Some(stop_within.max(Duration::from_millis(1))));
                    if wakes.read(&mut byte).is_err() {
                        eprintln!("the job could not finish its batch within {stop_within:?} of the signal");
                        std::process::exit(TRY_AGAIN);
                    }
                }
            };
            let thread = std::thread::Builder::new().name("stop deadline".to_owned()).spawn(work)?;
            Ok(Deadline { signalled, thread: Some(thread) })
        }

        pub fn register(&self, signal: i32) -> io::Result<SigId> {
            pipe::register(signal, self.signalled.try_clone()?)
        }
    }

    impl Drop for Deadline {
        fn drop(&mut self) {
            let _ = self.signalled.shutdown(Shutdown::Both);
            if let Some(thread) = self.thread.take() {
                let _ = thread.join();
            }
        }
    }
}
