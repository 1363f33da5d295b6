//! The state of one key in the hands of a user's function.

/// The state of a key, as [`map_with_state`](crate::Flow::map_with_state) shows it to its function.
///
/// ```
/// use streamflow::KeyState;
///
/// let mut state = KeyState::new();
/// assert_eq!(state.get(), None);
/// state.update(2);
/// assert_eq!(state.get(), Some(&2));
/// state.remove();
/// assert!(state.is_removed() && !state.exists());
/// ```
///
/// The engine makes one for each record. A test of a function makes its own: [`new`](Self::new), [`of`](Self::of),
/// [`timing_out`](Self::timing_out).
///
/// # Panics
/// [`update`](Self::update) and [`remove`](Self::remove) panic once the state is removed, and while it is timing out. In a job that
/// ends the job with the stage, the partition and the record.
#[derive(Clone, Debug)]
pub struct KeyState<S> {
    value: Option<S>,
    life: Life,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Same,
    Updated,
    Removed,
    TimingOut,
}

impl<S> Default for KeyState<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> KeyState<S> {
    /// That of a key without a state.
    #[must_use]
    pub fn new() -> Self {
        KeyState { value: None, life: Life::Same }
    }

    /// That of a key with this state.
    #[must_use]
    pub fn of(state: S) -> Self {
        KeyState { value: Some(state), life: Life::Same }
    }

    /// That of a key that has had no records for longer than the timeout: the function sees its state for the last time.
    #[must_use]
    pub fn timing_out(state: S) -> Self {
        KeyState { value: Some(state), life: Life::TimingOut }
    }

    /// Is there a state?
    pub fn exists(&self) -> bool {
        self.value.is_some()
    }

    /// The state, if there is one.
    pub fn get(&self) -> Option<&S> {
        self.value.as_ref()
    }

    /// Sets the state.
    ///
    /// # Panics
    /// If it has been removed, or is timing out.
    #[track_caller]
    pub fn update(&mut self, state: S) {
        self.must_be_alive("update");
        self.value = Some(state);
        self.life = Life::Updated;
    }

    /// Ends the state. A later record of the key finds none.
    ///
    /// # Panics
    /// If it has been removed, or is timing out.
    #[track_caller]
    pub fn remove(&mut self) {
        self.must_be_alive("remove");
        self.value = None;
        self.life = Life::Removed;
    }

    /// Has the function updated it?
    pub fn is_updated(&self) -> bool {
        self.life == Life::Updated
    }

    /// Has the function removed it?
    pub fn is_removed(&self) -> bool {
        self.life == Life::Removed
    }

    /// Has the key timed out? Then there is no record, and the state is removed after this call.
    pub fn is_timing_out(&self) -> bool {
        self.life == Life::TimingOut
    }

    /// What is to be kept.
    pub(crate) fn into_inner(self) -> Option<S> {
        self.value
    }

    #[track_caller]
    fn must_be_alive(&self, what: &str) {
        let why = match self.life {
            Life::Removed => "it has been removed in this call",
            Life::TimingOut => "its key is timing out, which removes it",
            Life::Same | Life::Updated => return,
        };
        panic!("cannot {what} a state: {why}");
    }
}

#[cfg(test)]
mod tests {
    use super::KeyState;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn refuses(state: &KeyState<i32>) -> bool {
        let panics = |act: fn(&mut KeyState<i32>)| {
            let mut state = state.clone();
            catch_unwind(AssertUnwindSafe(|| act(&mut state))).is_err()
        };
        let (update, remove) = (panics(|state| state.update(9)), panics(KeyState::remove));
        assert_eq!(update, remove);
        update
    }

    #[test]
    fn what_it_tells_after_each_act() {
        let mut state = KeyState::new();
        assert!(!state.exists() && !state.is_updated() && !refuses(&state));
        state.update(2);
        assert!(state.is_updated() && state.get() == Some(&2) && !refuses(&state));
        let mut state = KeyState::of(1);
        assert!(state.exists() && !state.is_updated() && !state.is_timing_out());
        state.update(2);
        state.update(3);
        assert_eq!(state.get(), Some(&3));
        state.remove();
        assert!(state.is_removed() && !state.exists() && state.get().is_none());
        assert!(refuses(&state), "after it has been removed");
        let state = KeyState::timing_out(3);
        assert!(state.is_timing_out() && state.get() == Some(&3) && refuses(&state));
    }

    #[test]
    #[should_panic(expected = "cannot update a state: its key is timing out, which removes it")]
    fn it_says_why() {
        KeyState::timing_out(3).update(4);
    }
}
