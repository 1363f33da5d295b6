//! Names that are nearly right.

/// The candidate with the smallest distance, if that is small enough for its length.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let near = |candidate: &&str| distance(&name, candidate);
    let best = candidates.min_by_key(near)?;
    let longest = name.chars().count().max(best.chars().count());
    (distance(&name, best) <= longest.max(3) / 3).then_some(best)
}

/// Whether two names differ only in case and underscores: `keyBy`, `key_by`.
pub fn same(left: &str, right: &str) -> bool {
    plain(left) == plain(right)
}

/// The name without case and underscores.
pub fn plain(name: &str) -> String {
    name.chars().filter(|char| *char != '_').flat_map(char::to_lowercase).collect()
}

/// Damerau-Levenshtein: a letter too many, too few, another, or two that are swapped. Swapping is the
/// commonest slip and must count once, or `mpa` would be too far from `map`.
pub fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut before = vec![0; right.len() + 1];
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for row in 1..=left.len() {
        let mut current = vec![row; right.len() + 1];
        for column in 1..=right.len() {
            let differs = usize::from(left[row - 1] != right[column - 1]);
            let mut best = (last[column] + 1).min(current[column - 1] + 1).min(last[column - 1] + differs);
            let swapped =
                row > 1 && column > 1 && left[row - 1] == right[column - 2] && left[row - 2] == right[column - 1];
            if swapped {
                best = best.min(before[column - 2] + 1);
            }
            current[column] = best;
        }
        before = std::mem::replace(&mut last, current);
    }
    last[right.len()]
}
