//! Rows on their way from the thread that made them to the one place that writes them.

use super::form::Form;
use super::row::Row;
use super::tally::Tally;
use super::walk::Reached;

/// Bytes of rows that a thread keeps before it waits for its turn to write them.
const KEPT_BYTES_MAX: usize = 1 << 20;

/// Rows, written out but for their numbers.
#[derive(Debug, Default)]
pub struct Piece {
    /// The lines.
    pub text: String,
    /// Where lines begin, and how many folders and archives they are below; nothing where rows have no numbers. A line
    /// that goes on with the row before has no level.
    pub lines: Vec<(usize, Option<usize>)>,
    /// What was counted.
    pub tally: Tally,
    /// The last path that all rows of are written with this piece.
    pub reached: Option<Reached>,
}

impl Piece {
    /// Returns the memory that it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.text.len() + self.lines.len() * size_of::<(usize, Option<usize>)>()
    }
}

/// Takes the rows of one thread.
pub struct Rows<'a> {
    form: &'a Form,
    piece: Piece,
    give_part: &'a dyn Fn(Piece),
}

impl<'a> Rows<'a> {
    /// Begins; whatever is too much to be kept goes to `give_part`.
    pub fn new(form: &'a Form, give_part: &'a dyn Fn(Piece)) -> Self {
        Self { form, piece: Piece::default(), give_part }
    }

    /// Takes a row.
    pub fn row(&mut self, row: &Row<'_>) {
        self.piece.tally.add(row);
        let Piece { text, lines, .. } = &mut self.piece;
        let mut level = Some(row.level);
        let is_numbered = self.form.is_numbered();
        self.form.row(row, text, &mut |start| {
            if is_numbered {
                lines.push((start, level.take()));
            }
        });
        if self.piece.bytes() > KEPT_BYTES_MAX {
            // The rows of one archive may be written in part: what is reached is told with the last of them.
            self.piece.reached = None;
            (self.give_part)(std::mem::take(&mut self.piece));
        }
    }

    /// Returns what is counted besides rows.
    pub fn tally(&mut self) -> &mut Tally {
        &mut self.piece.tally
    }

    /// Notes that all rows of a path were taken.
    pub fn reached(&mut self, reached: Reached) {
        self.piece.reached = Some(reached);
    }

    /// Ends with what was not given yet.
    #[must_use]
    pub fn finish(self) -> Piece {
        self.piece
    }
}
