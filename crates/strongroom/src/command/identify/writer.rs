//! The one place to which all rows come in their order.

use std::fmt::Write as _;

use super::super::watch::Watch;
use super::marks::{Marks, Numbers};
use super::rows::Piece;
use super::tally::Tally;

/// Writes rows, numbers them, counts them, and notes how far they are written.
pub struct Writer<'a> {
    /// What was counted.
    pub tally: Tally,
    /// The numbers of the rows.
    pub numbers: Numbers,
    /// Where to note how far it is.
    pub marks: Option<Marks>,
    watch: &'a Watch,
    failure: Option<anyhow::Error>,
}

impl<'a> Writer<'a> {
    /// Begins, or goes on from what was counted before.
    pub fn new(tally: Tally, numbers: Numbers, marks: Option<Marks>, watch: &'a Watch) -> Self {
        Self { tally, numbers, marks, watch, failure: None }
    }

    /// Writes rows.
    pub fn write(&mut self, piece: &Piece) {
        let numbered;
        let text = if piece.lines.is_empty() {
            &piece.text
        } else {
            numbered = self.numbered(piece);
            &numbered
        };
        if !text.is_empty() {
            self.watch.print_rows(text);
        }
        self.tally.merge(&piece.tally);
        if let (Some(marks), Some(reached)) = (&mut self.marks, &piece.reached)
            && let Err(error) = marks.note(reached, &self.numbers, &self.tally)
        {
            // The rows go on; that they could not be noted is told at the end.
            self.failure.get_or_insert(error);
            self.marks = None;
        }
    }

    /// Notes that all is written.
    ///
    /// # Errors
    /// It could not be noted how far the rows are written.
    pub fn finish(mut self) -> anyhow::Result<Tally> {
        if let Some(marks) = &mut self.marks {
            marks.finish(&self.tally)?;
        }
        match self.failure {
            Some(error) => Err(error),
            None => Ok(self.tally),
        }
    }

    /// Puts before each line its number and that of the row that it is in.
    fn numbered(&mut self, piece: &Piece) -> String {
        let mut text = String::with_capacity(piece.text.len() + piece.lines.len() * 16);
        let Numbers { last, above } = &mut self.numbers;
        for (place, (start, level)) in piece.lines.iter().enumerate() {
            if let Some(level) = level {
                *last += 1;
                above.truncate(*level);
                above.push(*last);
            }
            let end = piece.lines.get(place + 1).map_or(piece.text.len(), |(start, _)| *start);
            let (own, parent) = match above.as_slice() {
                [.., parent, own] => (*own, parent.to_string()),
                [own] => (*own, String::new()),
                [] => (0, String::new()),
            };
            let line = piece.text.get(*start..end).unwrap_or_default();
            write!(text, "\"{own}\",\"{parent}\"{line}").expect("a string takes all text");
        }
        text
    }
}
