//! Pixels that hang together: runs of a row, joined where they touch, corners included.

/// Some neighboring pixels of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) y: usize,
    /// The first column, and the one after the last.
    pub(super) from: usize,
    pub(super) to: usize,
}

/// The runs of a row where `is_in` holds.
pub(super) fn runs_of(y: usize, width: usize, is_in: impl Fn(usize) -> bool) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut x = 0;
    while x < width {
        if !is_in(x) {
            x += 1;
            continue;
        }
        let from = x;
        while x < width && is_in(x) {
            x += 1;
        }
        runs.push(Run { y, from, to: x });
    }
    runs
}

/// Sorts runs, given row by row, into parts that hang together. Within a part, rows rise.
pub(super) fn parts(runs: &[Run]) -> Vec<Vec<Run>> {
    let mut parents: Vec<usize> = (0..runs.len()).collect();
    let mut above = 0;
    for (i, run) in runs.iter().enumerate() {
        // `above` walks through the row before: runs that end left of this one are done with, unless
        // the next run of this row touches the last of them.
        while above < i && (runs[above].y + 1 < run.y) {
            above += 1;
        }
        let mut j = above;
        while j < i && runs[j].y + 1 == run.y && runs[j].from <= run.to {
            if runs[j].to >= run.from {
                join(&mut parents, i, j);
            } else {
                above = j + 1;
            }
            j += 1;
        }
    }
    let mut places = vec![usize::MAX; runs.len()];
    let mut parts: Vec<Vec<Run>> = Vec::new();
    for (i, run) in runs.iter().enumerate() {
        let root = root(&mut parents, i);
        if places[root] == usize::MAX {
            places[root] = parts.len();
            parts.push(Vec::new());
        }
        parts[places[root]].push(*run);
    }
    parts
}

/// The representative of a run's part, and a shorter way to it next time (R. Tarjan, "Efficiency of a
/// Good But Not Linear Set Union Algorithm", 1975).
fn root(parents: &mut [usize], mut i: usize) -> usize {
    while parents[i] != i {
        parents[i] = parents[parents[i]];
        i = parents[i];
    }
    i
}

fn join(parents: &mut [usize], one: usize, other: usize) {
    let (one, other) = (root(parents, one), root(parents, other));
    parents[one.max(other)] = one.min(other);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many pixels each part of a drawing has.
    fn sizes(rows: &[&str]) -> Vec<usize> {
        let runs: Vec<Run> = rows
            .iter()
            .enumerate()
            .flat_map(|(y, row)| runs_of(y, row.len(), |x| row.as_bytes()[x] == b'#'))
            .collect();
        let size = |part: &Vec<Run>| part.iter().map(|run| run.to - run.from).sum();
        parts(&runs).iter().map(size).collect()
    }

    #[test]
    fn pixels_hang_together_by_sides_and_by_corners() {
        assert_eq!(sizes(&["#..", ".#.", "..#"]), [3]);
        assert_eq!(sizes(&["#.#", "...", "#.#"]), [1, 1, 1, 1]);
        assert_eq!(sizes(&["#.#", "#.#", "###"]), [7]);
        assert_eq!(sizes(&["##..#", ".....", "#####"]), [2, 1, 5]);
    }

    #[test]
    fn one_run_joins_many_and_many_join_one() {
        assert_eq!(
            sizes(&["#.#.#.#", ".......", "#######", "#.#.#.#"]),
            [1, 1, 1, 1, 11]
        );
        assert_eq!(sizes(&["#.#.#.#", "#######"]), [11]);
        assert_eq!(sizes(&["###.###", "..###.."]), [9]);
    }

    #[test]
    fn nothing_has_no_parts() {
        assert!(sizes(&["...", "..."]).is_empty());
        assert!(parts(&[]).is_empty());
    }
}
