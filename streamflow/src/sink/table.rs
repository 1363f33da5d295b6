//! A table on the console that shows how things stand.

use super::text::output_error;
use super::{BatchInfo, Sink};
use crate::Error;
use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal, Write};

/// Shows the rows of the latest batch that has any as a table, with these headings.
///
/// On a terminal the table is drawn again in its place with every batch. Where standard output goes to a file
/// or a pipe, only the last table is printed, when the job ends. A row is a tuple, a single value, or
/// whatever implements [`Row`]; of many rows the first 20 are shown.
///
/// ```
/// use streamflow::{Sink, sink};
///
/// let top = sink::table(["word", "count"]).rows(10);
/// assert_eq!(Sink::<(&str, u64)>::name(&top), "a table on standard output");
/// ```
///
/// # Failure
/// When the reader has gone, the job ends without an error:
/// [`ErrorKind::Closed`](crate::ErrorKind::Closed).
///
/// # Cost
/// A `String` for every cell of a batch, also of rows that are not shown: put `top(n)` or a filter before it.
///
/// # After a crash
/// The table is drawn anew, with the rows of the next batch that has any.
#[must_use]
pub fn table<H: Into<String>>(headings: impl IntoIterator<Item = H>) -> Table {
    Table {
        headings: headings.into_iter().map(Into::into).collect(),
        most: 20,
        rows: Vec::new(),
        hidden: 0,
        drawn: 0,
        terminal: io::stdout().is_terminal(),
        out: Box::new(io::stdout()),
    }
}

/// The sink of [`table`].
pub struct Table {
    headings: Vec<String>,
    most: usize,
    rows: Vec<Vec<String>>,
    /// Rows of the latest batch that are not shown.
    hidden: usize,
    /// Lines of the table on the terminal.
    drawn: usize,
    terminal: bool,
    out: Box<dyn Write + Send>,
}

/// A result that can be shown as a row of a [`table`].
///
/// ```
/// use std::fmt::Display;
/// use streamflow::sink::Row;
///
/// struct Sale<'a> { item: &'a str, cents: u64 }
///
/// impl Row for Sale<'_> {
///     fn cells(&self, cell: &mut dyn FnMut(&dyn Display)) {
///         cell(&self.item);
///         cell(&format_args!("{:.2}", self.cents as f64 / 100.0));
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shown as a row of a table",
    label = "rows of a table are expected here",
    note = "a row is a tuple of up to six values that implement `Display`, a text or number, or a type that implements `sink::Row`"
)]
pub trait Row {
    /// Calls `cell` with each cell, from left to right.
    fn cells(&self, cell: &mut dyn FnMut(&dyn fmt::Display));
}

impl<R: Row + ?Sized> Row for &R {
    fn cells(&self, cell: &mut dyn FnMut(&dyn fmt::Display)) {
        (**self).cells(cell);
    }
}

macro_rules! single {
    ($($value:ty)*) => {$(
        impl Row for $value {
            fn cells(&self, cell: &mut dyn FnMut(&dyn fmt::Display)) {
                cell(&self);
            }
        }
    )*};
}
single!(str String char bool u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64);

macro_rules! tuple {
    ($($name:ident $index:tt),*) => {
        impl<$($name: fmt::Display),*> Row for ($($name,)*) {
            fn cells(&self, cell: &mut dyn FnMut(&dyn fmt::Display)) {
                $(cell(&self.$index);)*
            }
        }
    };
}
tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);

impl Table {
    /// How many rows are shown at most. Default: 20. A terminal needs two more lines than that, and one for
    /// the number of rows that are not shown.
    #[must_use]
    pub fn rows(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    /// The table as text.
    fn text(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0).max(self.headings.len());
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let rows = self.rows.iter().chain([&self.headings]);
                rows.filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
            })
            .collect();
        let numbers: Vec<bool> = (0..columns)
            .map(|column| self.rows.iter().all(|row| row.get(column).is_none_or(|cell| is_number(cell))))
            .collect();
        let mut text = String::new();
        line(&mut text, &self.headings, &widths, &numbers);
        let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        line(&mut text, &rules, &widths, &numbers);
        for row in &self.rows {
            line(&mut text, row, &widths, &numbers);
        }
        if self.hidden > 0 {
            text.push_str(&format!("and {} more\n", self.hidden));
        }
        text
    }

    fn draw(&mut self) -> Result<(), Error> {
        let table = self.text();
        let mut text = String::new();
        if self.drawn > 0 {
            // Up to where the last table began, and clear from there.
            text.push_str(&format!("\x1b[{}F\x1b[J", self.drawn));
        }
        self.drawn = table.lines().count();
        text.push_str(&table);
        let result = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        result.map_err(output_error)
    }
}

fn is_number(cell: &str) -> bool {
    cell.parse::<f64>().is_ok()
}

fn line(text: &mut String, cells: &[String], widths: &[usize], numbers: &[bool]) {
    let start = text.len();
    for (column, width) in widths.iter().enumerate() {
        let cell = cells.get(column).map_or("", String::as_str);
        let gap = if column == 0 { "" } else { "  " };
        // Writing to a `String` does not fail.
        let _ = match numbers[column] {
            true => write!(text, "{gap}{cell:>width$}"),
            false => write!(text, "{gap}{cell:<width$}"),
        };
    }
    text.truncate(start + text[start..].trim_end().len());
    text.push('\n');
}

/// A cell of one line: control characters would move the cursor.
fn cell_text(value: &dyn fmt::Display) -> String {
    let cell = value.to_string();
    if cell.chars().any(char::is_control) {
        let shown = |c: char| {
            if c.is_control() { c.escape_default().to_string() } else { c.to_string() }
        };
        return cell.chars().map(shown).collect();
    }
    cell
}

impl<T: Row> Sink<T> for Table {
    type Part = Vec<Vec<String>>;

    fn name(&self) -> String {
        "a table on standard output".to_owned()
    }

    fn part(&self) -> Self::Part {
        Vec::new()
    }

    fn push(part: &mut Self::Part, item: T) {
        let mut row = Vec::new();
        item.cells(&mut |cell| row.push(cell_text(cell)));
        part.push(row);
    }

    fn deliver(&mut self, _batch: BatchInfo, parts: Vec<Self::Part>) -> Result<(), Error> {
        let all: usize = parts.iter().map(Vec::len).sum();
        if all == 0 {
            return Ok(());
        }
        self.rows = parts.into_iter().flatten().take(self.most).collect();
        self.hidden = all - self.rows.len();
        if self.terminal { self.draw() } else { Ok(()) }
    }

    fn finish(&mut self) -> Result<(), Error> {
        // A terminal shows it already, unless there never was a row.
        if self.terminal && self.drawn > 0 { Ok(()) } else { self.draw() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::sink::testing::deliver;
    use std::sync::{Arc, Mutex};

    /// Keeps what is written, or fails.
    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<String>>, Option<io::ErrorKind>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if let Some(kind) = self.1 {
                return Err(kind.into());
            }
            self.0.lock().expect("held by nobody").push_str(std::str::from_utf8(bytes).expect("text"));
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Screen {
        fn take(&self) -> String {
            std::mem::take(&mut self.0.lock().expect("held by nobody"))
        }
    }

    fn words(terminal: bool, screen: &Screen) -> Table {
        let mut table = table(["word", "count"]);
        (table.terminal, table.out) = (terminal, Box::new(screen.clone()));
        table
    }

    const FIRST: &str = "word  count\n----  -----\na        10\nlong      2\n";

    #[test]
    fn a_terminal_shows_every_batch_in_the_place_of_the_last() {
        let screen = Screen::default();
        let mut table = words(true, &screen);
        let (short, long) = (String::from("a"), String::from("long"));
        deliver(&mut table, 1, [vec![(short.as_str(), 10)], vec![(long.as_str(), 2)]]).expect("shown");
        assert_eq!(screen.take(), FIRST);
        deliver(&mut table, 2, [Vec::<(&str, i32)>::new()]).expect("nothing new");
        assert_eq!(screen.take(), "", "an empty batch leaves the table");
        deliver(&mut table, 3, [vec![("b", 1)]]).expect("shown");
        assert_eq!(screen.take(), "\x1b[4F\x1b[Jword  count\n----  -----\nb         1\n");
        Sink::<(&str, i32)>::finish(&mut table).expect("shown");
        assert_eq!(screen.take(), "");
    }

    #[test]
    fn elsewhere_only_the_last_table_is_printed() {
        let screen = Screen::default();
        let mut table = words(false, &screen);
        deliver(&mut table, 1, [vec![("x", 1)]]).expect("kept");
        deliver(&mut table, 2, [vec![("a", 10), ("long", 2)]]).expect("kept");
        deliver(&mut table, 3, [Vec::<(&str, i32)>::new()]).expect("kept");
        assert_eq!(screen.take(), "");
        Sink::<(&str, i32)>::finish(&mut table).expect("printed");
        assert_eq!(screen.take(), FIRST);
    }

    #[test]
    fn many_rows_are_counted_and_odd_ones_shown() {
        let screen = Screen::default();
        let mut table = words(true, &screen).rows(2);
        deliver(&mut table, 1, [vec!["a\nb", "c", "d"], vec!["e"]]).expect("shown");
        assert_eq!(screen.take(), "word  count\n----  -----\na\\nb\nc\nand 2 more\n");
        deliver(&mut table, 2, [vec![(1, 2, 3)]]).expect("shown");
        assert_eq!(screen.take(), "\x1b[5F\x1b[Jword  count\n----  -----  -\n   1      2  3\n");
    }

    #[test]
    fn a_closed_pipe_is_the_end() {
        let screen = Screen(Arc::default(), Some(io::ErrorKind::BrokenPipe));
        let error = deliver(&mut words(true, &screen), 1, [vec![1]]).expect_err("closed");
        assert_eq!(error.kind(), ErrorKind::Closed);
    }
}
