//! What may be kept as operator state.

use super::codec::{Differences, Fit, Layout, ReadError, Reader, Type, Writer};

/// A value that operators may keep between batches, and that checkpoints store.
///
/// Derive it for your own types: `#[derive(Clone, State)]`. State outlives the batch, so it owns what it
/// keeps. It is stored by columns, one a field, under the names of the fields: fields may be added, removed, moved, renamed and
/// made wider while checkpoints stay readable (`docs/state.md`). [`shape`](State::shape) says what is stored; plans show it.
///
/// ```
/// use streamflow::State;
///
/// #[derive(Clone, Default, State)]
/// struct Totals {
///     orders: u64,
///     cents: i64,
/// }
/// assert_eq!(Totals::shape(), "{orders: u64, cents: i64}");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is kept as operator state, so it must implement `State`",
    label = "this state cannot be kept between batches",
    note = "derive it: `#[derive(Clone, streamflow::State)]`; state outlives the batch, so it owns its text: `to_owned()`"
)]
pub trait State: Clone + Send + Sync + Sized {
    /// What [`compare`](State::compare) says, where the compiler can ask it. Derives give it; without it a type is compared when a
    /// job starts.
    #[doc(hidden)]
    const COLUMNS: &'static Layout = &Layout::Unknown;

    /// What is stored, by names and shapes.
    fn schema() -> Type;

    /// Writes rows, column after column. Checkpoints write blocks of up to 4,096 rows, so that memory is walked once.
    fn write(rows: &[&Self], out: &mut Writer);

    /// The same for rows that lie side by side.
    #[doc(hidden)]
    fn write_slices(rows: &[&[Self]], out: &mut Writer) {
        let rows: Vec<&Self> = rows.iter().copied().flatten().collect();
        Self::write(&rows, out);
    }

    /// Reads so many rows that were stored as `stored`.
    ///
    /// # Errors
    ///
    /// The bytes are damaged, or were stored as a type that this one cannot read ([`fit`](State::fit) says so without data).
    fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError>;

    /// Lists how what is stored differs from this type.
    fn compare(stored: &Type, found: &mut Differences);

    /// Can what is stored be read as this type?
    #[must_use]
    fn fit(stored: &Type) -> Fit {
        let mut found = Differences::new();
        Self::compare(stored, &mut found);
        found.fit(*stored == Self::schema())
    }

    /// What is stored, in words: `{orders: u64, cents: i64}`.
    #[must_use]
    fn shape() -> String {
        Self::schema().to_string()
    }

    /// Writes one row.
    fn write_one(&self, out: &mut Writer) {
        Self::write(&[self], out);
    }

    /// Reads one row.
    ///
    /// # Errors
    ///
    /// As [`read`](State::read).
    fn read_one(stored: &Type, input: &mut Reader<'_>) -> Result<Self, ReadError> {
        Self::read(stored, 1, input)?.pop().ok_or_else(|| ReadError::new("there is no row"))
    }
}
