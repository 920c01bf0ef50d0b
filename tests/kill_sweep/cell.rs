//! What is to be tried: where a run is killed, and what becomes of its child.

use std::fmt;
use std::str::FromStr;

/// Where a run is killed, in the order in which a command passes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Moment {
    /// Nothing is written down yet.
    BeforeIntent,
    /// The intent is on disk, no child is started.
    AfterIntent,
    /// The child runs and has sent nothing.
    NothingSent,
    /// The request has arrived and is not applied.
    Arrived,
    /// The change is made, the answer never comes.
    AnswerLost,
    /// The operation that the change started still runs.
    Running,
    /// The child has ended well, and that is not written down.
    BeforeOutcome,
    /// Half of the temporary file is written.
    WriteTorn,
    /// The temporary file is whole and has not taken the file's place.
    WriteWhole,
    /// It has, and the folder is not synced.
    WriteRenamed,
    /// The outcome of the command is written down.
    AfterOutcome,
}

/// All of them.
pub const MOMENTS: [Moment; 11] = [
    Moment::BeforeIntent,
    Moment::AfterIntent,
    Moment::NothingSent,
    Moment::Arrived,
    Moment::AnswerLost,
    Moment::Running,
    Moment::BeforeOutcome,
    Moment::WriteTorn,
    Moment::WriteWhole,
    Moment::WriteRenamed,
    Moment::AfterOutcome,
];

impl Moment {
    /// As it is written on the command line; the name of the engine's fail point where it is one.
    pub fn name(self) -> &'static str {
        match self {
            Self::BeforeIntent => "before-intent",
            Self::AfterIntent => "after-intent",
            Self::NothingSent => "nothing-sent",
            Self::Arrived => "arrived",
            Self::AnswerLost => "answer-lost",
            Self::Running => "running",
            Self::BeforeOutcome => "before-outcome",
            Self::WriteTorn => "write-torn",
            Self::WriteWhole => "write-whole",
            Self::WriteRenamed => "write-renamed",
            Self::AfterOutcome => "after-outcome",
        }
    }

    /// In words, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::BeforeIntent => "before the intent",
            Self::AfterIntent => "after the intent, before the child",
            Self::NothingSent => "child started, nothing sent",
            Self::Arrived => "request arrived, not applied",
            Self::AnswerLost => "applied, answer lost",
            Self::Running => "operation running",
            Self::BeforeOutcome => "done, not yet journalled",
            Self::WriteTorn => "file half written",
            Self::WriteWhole => "file written, not in place",
            Self::WriteRenamed => "file in place, folder not synced",
            Self::AfterOutcome => "after the journal",
        }
    }

    /// Whether a child lives at this moment.
    pub fn has_child(self) -> bool {
        self.held().is_some() || self == Self::NothingSent
    }

    /// What the emulator holds to bring the moment about.
    pub fn held(self) -> Option<&'static str> {
        match self {
            Self::Arrived => Some("request"),
            Self::AnswerLost => Some("answer"),
            Self::Running => Some("operation"),
            _ => None,
        }
    }

    /// Whether it is in the middle of the write of a file.
    pub fn is_write(self) -> bool {
        matches!(self, Self::WriteTorn | Self::WriteWhole | Self::WriteRenamed)
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        MOMENTS
            .into_iter()
            .find(|moment| moment.name() == text)
            .ok_or_else(|| format!("{text} is not one of {}", MOMENTS.map(Moment::name).join(", ")))
    }
}

/// What becomes of the child that lives when the tool is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// The system ends it with its parent.
    WithTool,
    /// The system does not, and it is killed by hand.
    Killed,
    /// The system does not, and it comes to its end alone, before the tool runs again.
    Finishes,
    /// The system does not, and it still runs when the tool runs again.
    Lingers,
}

/// All of them.
pub const FATES: [Fate; 4] = [Fate::WithTool, Fate::Killed, Fate::Finishes, Fate::Lingers];

impl Fate {
    /// As it is written on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::WithTool => "with-tool",
            Self::Killed => "killed",
            Self::Finishes => "finishes",
            Self::Lingers => "lingers",
        }
    }
}

impl FromStr for Fate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = FATES.into_iter().find(|fate| fate.name() == text);
        found.ok_or_else(|| format!("{text} is not one of {}", FATES.map(Fate::name).join(", ")))
    }
}

/// One kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kill {
    /// The command, from 1.
    pub command: usize,
    /// Where.
    pub moment: Moment,
    /// Which of the command's writes of a file, or of its requests, from 1; 1 for the other moments.
    pub nth: usize,
    /// What becomes of the child; `WithTool` where there is none.
    pub fate: Fate,
}

/// `12:answer-lost:1:lingers`
impl fmt::Display for Kill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}:{}", self.command, self.moment.name(), self.nth, self.fate.name())
    }
}

impl FromStr for Kill {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(':').collect();
        let &[command, moment, nth, fate] = parts.as_slice() else {
            return Err(format!("{text} is not of the form COMMAND:MOMENT:NTH:FATE"));
        };
        let number = |text: &str| text.parse::<usize>().map_err(|_| format!("{text} is not a number"));
        Ok(Self {
            command: number(command)?,
            moment: moment.parse()?,
            nth: number(nth)?,
            fate: fate.parse()?,
        })
    }
}

/// One kill, or a kill and a second one while the first is recovered from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// The first.
    pub first: Kill,
    /// The second.
    pub second: Option<Kill>,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first)?;
        self.second.map_or(Ok(()), |second| write!(f, "+{second}"))
    }
}

impl FromStr for Cell {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (first, second) = match text.split_once('+') {
            Some((first, second)) => (first, Some(second.parse()?)),
            None => (text, None),
        };
        Ok(Self { first: first.parse()?, second })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_read_as_it_is_written() {
        for text in ["12:answer-lost:1:lingers", "1:before-intent:1:with-tool+3:write-torn:2:with-tool"] {
            assert_eq!(text.parse::<Cell>().unwrap().to_string(), text);
        }
        for wrong in
            ["", "1", "x:running:1:killed", "1:never:1:killed", "1:running:1:lives", "1:running:1:killed+2"]
        {
            assert!(wrong.parse::<Cell>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_moment_and_every_fate_has_a_name_of_its_own() {
        for moment in MOMENTS {
            assert_eq!(moment.name().parse(), Ok(moment));
        }
        for fate in FATES {
            assert_eq!(fate.name().parse(), Ok(fate));
        }
    }
}
