//! Deliberate bugs, to prove that the simulation would find them. They exist in tests alone: elsewhere `mutant!` is `false`.

#[cfg(not(test))]
macro_rules! mutant {
    ($name:ident) => {
        false
    };
}

#[cfg(test)]
macro_rules! mutant {
    ($name:ident) => {
        $crate::commit::mutant::is(stringify!($name))
    };
}

pub(crate) use mutant;

#[cfg(test)]
thread_local! {
    static CURRENT: std::cell::Cell<&'static str> = const { std::cell::Cell::new("") };
}

#[cfg(test)]
pub(crate) fn is(name: &str) -> bool {
    CURRENT.get().split('+').any(|current| current == name)
}

/// Switches a mutant on, or several with `+` between them, on this thread, until the guard is dropped.
#[cfg(test)]
pub(crate) fn with<R>(name: &'static str, run: impl FnOnce() -> R) -> R {
    struct Off;
    impl Drop for Off {
        fn drop(&mut self) {
            CURRENT.set("");
        }
    }
    let _off = Off;
    CURRENT.set(name);
    run()
}
