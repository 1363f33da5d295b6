//! Types that contain each other have columns without end.
//@ line: derive(Clone, State)
//@ place: rustc says it of what the derive makes
//@ leak: streamflow::state::, rustc names each constant of the circle

use streamflow::State;

#[derive(Clone, State)]
struct Folder {
    files: Vec<Entry>,
}

#[derive(Clone, State)]
struct Entry {
    name: String,
    inside: Option<Folder>,
}

fn main() {
    let _ = Folder { files: vec![Entry { name: String::new(), inside: None }] };
}
