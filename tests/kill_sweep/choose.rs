//! Which cells a sweep runs.

use crate::cell::{Cell, FATES, Fate, Kill, MOMENTS, Moment};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

/// What is known of one command of the undisturbed run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// How many files are replaced from its intent to the next command's.
    pub writes: usize,
    /// How many of its requests change something, and which of them start an operation.
    pub operations: Vec<bool>,
    /// Whether its child stays until its operations are over.
    pub waits: bool,
}

/// The kills of one command at one moment.
fn kills(command: usize, shape: &Shape, moment: Moment) -> Vec<Kill> {
    let count = match moment {
        _ if moment.is_write() => shape.writes,
        Moment::Arrived | Moment::AnswerLost | Moment::Running => shape.operations.len(),
        _ => 1,
    };
    let applies = |nth: &usize| moment != Moment::Running || shape.operations[nth - 1];
    let lives = moment.has_child() && (shape.waits || moment != Moment::Running);
    let fates: &[Fate] = if lives { &FATES } else { &[Fate::WithTool] };
    let numbers = (1..=count).filter(applies);
    numbers.flat_map(|nth| fates.iter().map(move |&fate| Kill { command, moment, nth, fate })).collect()
}

/// Every command, every moment, every fate.
pub fn all(shapes: &[Shape]) -> Vec<Cell> {
    let commands = shapes.iter().enumerate();
    let kills = commands.flat_map(|(index, shape)| {
        MOMENTS.into_iter().flat_map(move |moment| kills(index + 1, shape, moment))
    });
    kills.map(|first| Cell { first, second: None }).collect()
}

/// Each command once, the moments and the fates taking turns.
pub fn quick(shapes: &[Shape]) -> Vec<Cell> {
    let mut turns = [0_usize; MOMENTS.len()];
    let cells = shapes.iter().enumerate().map(|(index, shape)| {
        // The moment that had the fewest turns, among those that the command has.
        let possible = (0..MOMENTS.len()).filter(|m| !kills(index + 1, shape, MOMENTS[*m]).is_empty());
        let chosen = possible.min_by_key(|m| turns[*m]).unwrap_or(0);
        let found = kills(index + 1, shape, MOMENTS[chosen]);
        let first = found[turns[chosen] % found.len()];
        turns[chosen] += 1;
        Cell { first, second: None }
    });
    cells.collect()
}

/// A second kill while the first is recovered from: so many, drawn from this seed.
pub fn pairs(shapes: &[Shape], number: usize, seed: u64) -> Vec<Cell> {
    let mut random = StdRng::seed_from_u64(seed);
    let singles = all(shapes);
    let draw = |random: &mut StdRng| -> Option<Cell> {
        let first = singles.choose(random)?.first;
        // The commands behind the first are surely run by the one that recovers.
        let command =
            (first.command < shapes.len()).then(|| random.random_range(first.command + 1..=shapes.len()))?;
        let moment = *MOMENTS.choose(random)?;
        let found = kills(command, &shapes[command - 1], moment);
        let with_tool: Vec<_> = found.into_iter().filter(|kill| kill.fate == Fate::WithTool).collect();
        Some(Cell { first, second: Some(*with_tool.choose(random)?) })
    };
    // A draw that does not come off is drawn again; a run of one command has no pairs.
    (0..number * 20).filter_map(|_| draw(&mut random)).take(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn shapes() -> Vec<Shape> {
        let plain = Shape { writes: 4, operations: vec![false], waits: true };
        let slow = Shape { writes: 5, operations: vec![false, true], waits: true };
        let mute = Shape { writes: 3, operations: Vec::new(), waits: true };
        let mut shapes = vec![plain; 16];
        shapes.splice(3..3, [slow.clone(), slow.clone(), mute, slow.clone(), slow]);
        shapes
    }

    #[test]
    fn the_whole_has_each_command_at_each_of_its_moments() {
        let plain = Shape { writes: 4, operations: vec![false], waits: true };
        // 5 fail points outside of writes, 3 in each write, 3 moments with a child and 4 fates each.
        assert_eq!(all(&[plain]).len(), 4 + 3 * 4 + 3 * 4);
        let slow = Shape { writes: 1, operations: vec![false, true], waits: true };
        assert_eq!(all(std::slice::from_ref(&slow)).len(), 4 + 3 + (1 + 2 + 2 + 1) * 4);
        let hasty = Shape { waits: false, ..slow };
        assert_eq!(all(&[hasty]).len(), 4 + 3 + (1 + 2 + 2) * 4 + 1);
        let cells = all(&shapes());
        assert_eq!(cells.iter().collect::<BTreeSet<_>>().len(), cells.len(), "none twice");
    }

    #[test]
    fn the_quick_one_has_each_command_once_and_each_moment() {
        let cells = quick(&shapes());
        let commands: Vec<usize> = cells.iter().map(|cell| cell.first.command).collect();
        assert_eq!(commands, (1..=shapes().len()).collect::<Vec<_>>());
        let moments: BTreeSet<Moment> = cells.iter().map(|cell| cell.first.moment).collect();
        assert_eq!(moments, MOMENTS.into_iter().collect());
        let whole = all(&shapes());
        assert!(cells.iter().all(|cell| whole.contains(cell)));
    }

    #[test]
    fn pairs_follow_from_their_seed_and_the_second_comes_later() {
        let drawn = pairs(&shapes(), 50, 7);
        assert_eq!(drawn.len(), 50);
        assert_eq!(drawn, pairs(&shapes(), 50, 7));
        assert_ne!(drawn, pairs(&shapes(), 50, 8));
        assert!(drawn.iter().all(|cell| cell.second.is_some_and(|s| s.command > cell.first.command)));
        assert!(pairs(&shapes()[..1], 5, 7).is_empty());
    }
}
