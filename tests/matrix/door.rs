//! An address that can be shut: nobody listens at it then, and every connection through it is lost.

use std::{io, net::SocketAddr, sync::Mutex, time::Duration};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpSocket, TcpStream},
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};

pub(crate) struct Door {
    address: SocketAddr,
    /// Who is behind it.
    to: SocketAddr,
    state: Mutex<State>,
}

enum State {
    Open(JoinHandle<()>),
    /// The address is kept, so that nobody else gets it.
    Shut(TcpSocket),
    Between,
}

impl Door {
    /// An open door to this address.
    pub(crate) fn to(to: SocketAddr) -> Self {
        let socket = bound(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let door = Self { address: socket.local_addr().unwrap(), to, state: Mutex::new(State::Shut(socket)) };
        door.open();
        door
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    fn swap(&self, state: State) -> State {
        std::mem::replace(&mut self.state.lock().unwrap(), state)
    }

    pub(crate) fn open(&self) {
        if let State::Shut(socket) = self.swap(State::Between) {
            let listener = socket.listen(16).unwrap();
            self.swap(State::Open(tokio::spawn(relay(listener, self.to))));
        }
    }

    /// When it returns, a connection is refused.
    pub(crate) async fn shut(&self) {
        if let State::Open(relay) = self.swap(State::Between) {
            relay.abort();
            assert!(relay.await.is_err(), "it was aborted, and the listener dropped with it");
            // A process that another test is just making may hold the listener until it is made.
            let free = async {
                loop {
                    match bound(self.address) {
                        Err(error) if error.kind() == io::ErrorKind::AddrInUse => sleep(Duration::from_millis(1)).await,
                        bound => break bound.unwrap(),
                    }
                }
            };
            let socket = timeout(Duration::from_secs(10), free).await.expect("nobody else listens there");
            self.swap(State::Shut(socket));
        }
    }
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

async fn relay(listener: TcpListener, to: SocketAddr) {
    let mut connections = JoinSet::new();
    loop {
        let (mut from, _) = listener.accept().await.unwrap();
        connections.spawn(async move {
            let mut to = TcpStream::connect(to).await?;
            copy_bidirectional(&mut from, &mut to).await
        });
    }
}
