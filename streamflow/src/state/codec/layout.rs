//! What a type reads, as a constant: `compare` for the compiler.

/// What a type reads. `State::compare` says the same when a job starts; this is what can be asked when it is compiled.
#[derive(Debug)]
pub enum Layout {
    /// An implementation by hand: it answers at the start of the job.
    Unknown,
    /// What has a word of its own: `string`.
    Word(&'static str),
    /// A number of any kind: `u`, `i` or `f`, and its bits. Narrower ones are read as well.
    Number(u8, u16),
    Optional(&'static Layout),
    List(&'static Layout),
    Set(&'static Layout),
    Map(&'static Layout, &'static Layout),
    Array(&'static Layout, usize),
    /// Fields with names or by place.
    Fields {
        named: bool,
        fields: &'static [FieldLayout],
    },
    Variants {
        variants: &'static [VariantLayout],
        removed: &'static [&'static str],
    },
    /// What a derive has made, with the type of the version before.
    Derived {
        /// Module and name.
        name: &'static str,
        version: u32,
        before: Option<&'static Layout>,
        layout: &'static Layout,
    },
}

/// A field, as `Field` has it for `compare`.
#[derive(Debug)]
pub struct FieldLayout {
    pub name: &'static str,
    pub renamed: &'static [&'static str],
    pub optional: bool,
    pub layout: &'static Layout,
}

impl FieldLayout {
    /// One of a tuple.
    pub(crate) const fn place(name: &'static str, layout: &'static Layout) -> Self {
        FieldLayout { name, renamed: &[], optional: false, layout }
    }
}

/// A variant with the layout of its fields.
#[derive(Debug)]
pub struct VariantLayout {
    pub name: &'static str,
    pub renamed: &'static [&'static str],
    pub named: bool,
    pub fields: &'static [FieldLayout],
}
