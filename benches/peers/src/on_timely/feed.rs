//! Input that lies in memory, as a source.

use timely::container::CapacityContainerBuilder;
use timely::dataflow::operators::generic::operator::source;
use timely::dataflow::{Scope, StreamVec};

/// Records a container: what fits into the 8 KiB that Timely's own containers have.
pub const CONTAINER: usize = 512;

/// Containers a step: what they hold passes the operators behind it while it is in the cache.
const STEP: usize = 8;

/// Sends what `containers` give. The time of the stream is what `time` says of the records so far: no later one is older.
pub fn feed<'scope, C: IntoIterator<Item: 'static>>(
    scope: Scope<'scope, u64>,
    mut containers: impl Iterator<Item = C> + 'static,
    mut time: impl FnMut(&[C::Item]) -> u64 + 'static,
) -> StreamVec<'scope, u64, C::Item> {
    source::<_, CapacityContainerBuilder<Vec<C::Item>>, _, _>(scope, "Feed", |capability, info| {
        let activator = scope.activator_for(info.address);
        let mut capability = Some(capability);
        // comes back when it was sent, or another one
        let mut buffer = Vec::with_capacity(CONTAINER);
        move |output| {
            let Some(open) = &mut capability else { return };
            let mut reached = *open.time();
            let mut ended = true;
            let mut session = output.session(open);
            for records in containers.by_ref().take(STEP) {
                buffer.clear();
                buffer.extend(records);
                reached = reached.max(time(&buffer));
                session.give_container(&mut buffer);
                ended = false;
            }
            drop(session);
            if ended {
                capability = None;
            } else {
                open.downgrade(&reached);
                activator.activate();
            }
        }
    })
}
