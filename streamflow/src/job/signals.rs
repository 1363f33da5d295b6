//! Ctrl-C and SIGTERM finish the batch; a second one ends the process at once.

use super::drive::Control;
use crate::{Error, ErrorKind};
use signal_hook::SigId;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Watches the signals until it is dropped.
pub(crate) struct Watch(Vec<SigId>);

/// The exit code of a process that a second signal ended: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

pub(crate) fn watch(control: &Control) -> Result<Watch, Error> {
    let mut watch = Watch(vec![]);
    for signal in [SIGINT, SIGTERM] {
        // the order matters: the first signal finds the flag down, raises it, and only the second one ends the process
        for registered in [
            flag::register_conditional_shutdown(signal, INTERRUPTED, control.stop.clone()),
            flag::register(signal, control.stop.clone()),
        ] {
            let id = registered.map_err(|e| Error::new(ErrorKind::System, "cannot watch for Ctrl-C").because(e))?;
            watch.0.push(id);
        }
    }
    Ok(watch)
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.drain(..).for_each(|id| {
            signal_hook::low_level::unregister(id);
        });
    }
}
