//! A web server of one answer a connection, which does as it is told.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

/// What came in.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) path: String,
    pub(super) headers: BTreeMap<String, String>,
    /// How many came before it.
    pub(super) index: usize,
}

impl Request {
    /// First byte asked for.
    pub(super) fn from(&self) -> Option<usize> {
        self.headers.get("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
}

/// What goes out.
#[derive(Debug, Default)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    /// Hang up after so many bytes of the body.
    pub(super) cut: Option<usize>,
    /// Repeat the body until the other side hangs up.
    pub(super) endless: bool,
}

impl Reply {
    pub(super) fn status(status: u16) -> Self {
        Self { status, headers: vec![("content-length", "0".to_owned())], ..Self::default() }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    pub(super) fn cut(mut self, bytes: usize) -> Self {
        self.cut = Some(bytes);
        self
    }

    /// The whole of a content, whatever was asked for.
    pub(super) fn whole(content: &[u8]) -> Self {
        let reply = Self { status: 200, body: content.to_vec(), ..Self::default() };
        reply.with("content-length", content.len())
    }

    /// The part of a content that was asked for, as servers of files answer.
    pub(super) fn part(request: &Request, content: &[u8]) -> Self {
        let Some(from) = request.from() else { return Self::whole(content) };
        if from >= content.len() {
            return Self::status(416).with("content-range", format!("bytes */{}", content.len()));
        }
        let range = format!("bytes {from}-{}/{}", content.len() - 1, content.len());
        let reply = Self { status: 206, body: content[from..].to_vec(), ..Self::default() };
        reply.with("content-length", content.len() - from).with("content-range", range)
    }
}

/// A server on a free port of this machine, until it is dropped.
pub(super) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(super) fn start(answer: impl Fn(&Request) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (log, stopped) = (Arc::clone(&seen), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let Some(request) = read(&stream, log.lock().unwrap().len()) else { continue };
                let reply = answer(&request);
                log.lock().unwrap().push(request);
                // A client that hangs up first is part of the tests.
                let _ = write(stream, &reply);
            }
        });
        Self { address, seen, stop, thread: Some(thread) }
    }

    pub(super) fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        self.thread.take().unwrap().join().unwrap();
    }
}

fn read(stream: &TcpStream, index: usize) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers = lines.take_while(|line| !line.is_empty()).filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_lowercase(), value.trim().to_owned()))
    });
    Some(Request { path, headers: headers.collect(), index })
}

fn write(mut stream: TcpStream, reply: &Reply) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 {} Said\r\nconnection: close\r\n", reply.status)?;
    for (name, value) in &reply.headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    stream.write_all(b"\r\n")?;
    stream.write_all(&reply.body[..reply.cut.unwrap_or(reply.body.len())])?;
    if reply.endless {
        loop {
            stream.write_all(&reply.body)?;
        }
    }
    Ok(())
}
