//! Connections of strangers: so many at once, and none that holds its place by asking or taking an answer slowly.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};

/// Connections at once; further ones wait outside. Each is a file handle of a process that may have work to do beside.
const CONNECTIONS_MAX: usize = 256;
/// How long a connection may speak or be spoken to: from the first byte of a request to the first of its answer, and from there
/// to the next request. Any byte that would count by itself would hold a place for ever, one each 14 seconds. It is longer than
/// an answer of any server here may take, and a head comes in one piece.
const TURN_MAX: Duration = Duration::from_secs(15);

/// Takes connections as long as there is room.
#[derive(Debug)]
pub struct Door {
    listener: TcpListener,
    room: Arc<Semaphore>,
}

impl Door {
    /// Opens an address.
    ///
    /// # Errors
    /// It is taken, or not ours.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        Ok(Self { listener, room: Arc::new(Semaphore::new(CONNECTIONS_MAX)) })
    }
}

impl Listener for Door {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let place = self.room.clone().acquire_owned().await.ok();
        let (stream, address) = Listener::accept(&mut self.listener).await;
        (Connection { stream, turn: None, until: Box::pin(sleep(TURN_MAX)), _place: place }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// Whose turn it is on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Theirs,
    Ours,
}

/// A connection that breaks when a turn takes too long.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    /// Nobody's before the first byte.
    turn: Option<Turn>,
    /// When the turn must be over.
    until: Pin<Box<Sleep>>,
    /// Given back when the connection ends.
    _place: Option<OwnedSemaphorePermit>,
}

impl Connection {
    /// Gives the time of a turn when it is another's than before, and breaks when it is over.
    fn took<T>(&mut self, turn: Turn, answer: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if answer.is_ready() && self.turn != Some(turn) {
            self.turn = Some(turn);
            self.until.as_mut().reset(Instant::now() + TURN_MAX);
            return answer;
        }
        match self.until.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => answer,
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let answer = Pin::new(&mut self.stream).poll_read(context, into);
        self.took(Turn::Theirs, answer, context)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let answer = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.took(Turn::Ours, answer, context)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
