//! One socket: from its outbox to the reader, and the answers to the little that clients say.

use std::net::{IpAddr, SocketAddr};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use axum::Extension;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{ConnectInfo, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use tintype_protocol::comfyui::ComfyMessage;
use tintype_protocol::{ClientId, ErrorBody, ErrorCode, ServerMessage, Wording};
use tokio::time::{interval, sleep, timeout};

use crate::accept::Slot;
use crate::app::App;
use crate::caller::Caller;
use crate::client_message::{self, ClientMessage};
use crate::dialect::{Dialect, Tongue, outgoing};
use crate::hub::Membership;
use crate::outbox::{CloseReason, Next, Outgoing};
use crate::refusal::Refusal;
use crate::views::language;
use crate::{Limits, features};

/// What the address of a socket may say. Unknown parameters are left alone: a token is among them.
#[derive(Debug, Deserialize)]
pub(crate) struct SocketQuery {
    #[serde(rename = "clientId")]
    client_id: Option<String>,
    dialect: Option<String>,
    lang: Option<String>,
}

/// `GET /ws`.
pub(crate) async fn upgrade(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Extension(slot): Extension<Slot>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Query(query): Query<SocketQuery>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refusal> {
    let language = language(query.lang.as_deref(), &headers);
    let client = match query.client_id.as_deref().filter(|id| !id.is_empty()) {
        Some(id) => Some(ClientId::new(id).map_err(|error| {
            Refusal::bad_request(&format!("clientId: {error}"), "clientId 无效。")
        })?),
        None => None,
    };
    let client = caller.acting_as(client)?.unwrap_or_else(ClientId::random);
    let dialect = match query.dialect.as_deref() {
        None => app.dialect,
        Some(name) => name.parse().map_err(|error| {
            Refusal::bad_request(&format!("dialect: {error}."), "dialect 参数无效。")
        })?,
    };
    let seat = app.seats.take(peer.ip())?;
    let limits = app.limits;
    let upgrade = upgrade
        .max_message_size(limits.message_bytes)
        .max_frame_size(limits.message_bytes);
    Ok(upgrade.on_upgrade(move |socket| async move {
        let tongue = Tongue { dialect, language };
        tracing::info!(%client, %dialect, "socket opened");
        let membership = app.hub.join(client.clone(), tongue);
        let conversation = Conversation {
            socket,
            tongue,
            limits,
            allowance: Allowance::new(limits.messages_per_second),
        };
        let end = conversation.hold(&membership).await;
        drop((membership, seat, slot));
        tracing::info!(%client, ?end, "socket closed");
    }))
}

/// How a conversation ended.
#[derive(Debug)]
enum End {
    /// The client went, with or without saying so.
    Gone,
    /// It did not answer a ping.
    Silent,
    /// It sent too much.
    Flooding,
    /// The server closed it.
    Closed(#[expect(dead_code, reason = "for the log")] CloseReason),
}

struct Conversation {
    socket: WebSocket,
    tongue: Tongue,
    limits: Limits,
    allowance: Allowance,
}

impl Conversation {
    async fn hold(mut self, membership: &Membership) -> End {
        let mut ping = interval(self.limits.ping_interval);
        ping.reset();
        let mut answered = true;
        loop {
            tokio::select! {
                next = membership.outbox.next() => match next {
                    Next::Send(message) => {
                        if let Err(end) = self.send(message, membership).await {
                            return end;
                        }
                    }
                    Next::Close(reason) => {
                        self.close(reason).await;
                        return End::Closed(reason);
                    }
                },
                received = self.socket.recv() => {
                    let Some(Ok(message)) = received else { return End::Gone };
                    answered = true;
                    if let ControlFlow::Break(end) = self.receive(message).await {
                        return end;
                    }
                }
                _ = ping.tick() => {
                    if !answered {
                        return End::Silent;
                    }
                    answered = false;
                    if self.write(Message::Ping(Vec::new().into())).await.is_err() {
                        return End::Gone;
                    }
                }
            }
        }
    }

    /// Sends one message. While a reader does not read, this waits, the outbox fills, and either the
    /// reader goes on or the outbox says that it is too slow.
    async fn send(&mut self, message: Outgoing, membership: &Membership) -> Result<(), End> {
        let text = Message::Text(message.text.clone());
        tokio::select! {
            sent = self.socket.send(text) => sent.map_err(|_| {
                membership.outbox.put_back(message);
                End::Gone
            }),
            reason = membership.outbox.too_slow() => {
                membership.outbox.put_back(message);
                // A close frame would wait behind what is not being read; it is tried all the same.
                self.close(reason).await;
                Err(End::Closed(reason))
            }
            () = sleep(self.limits.stall_timeout) => {
                membership.outbox.put_back(message);
                Err(End::Silent)
            }
        }
    }

    async fn receive(&mut self, message: Message) -> ControlFlow<End> {
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_) => return ControlFlow::Break(End::Gone),
            Message::Ping(_) | Message::Pong(_) => return self.count().await,
            Message::Binary(_) => {
                self.count().await?;
                return self
                    .complain(
                        "Only JSON text is understood here.",
                        "这里只接受 JSON 文本。",
                    )
                    .await;
            }
        };
        self.count().await?;
        match client_message::parse(&text) {
            Ok(ClientMessage::FeatureFlags) => self.answer_features().await,
            // ComfyUI takes no other messages and says nothing of those it does not know.
            _ if self.tongue.dialect == Dialect::ComfyUi => ControlFlow::Continue(()),
            Ok(ClientMessage::Unknown(kind)) => {
                self.complain(
                    &format!(
                        "\"{kind}\" is no message that clients send; jobs are sent to POST /prompt."
                    ),
                    &format!("客户端没有“{kind}”这种消息；任务请发送到 POST /prompt。"),
                )
                .await
            }
            Err(error) => {
                self.complain(
                    &format!("The message is not {{\"type\": ..., \"data\": ...}}: {error}."),
                    &format!("消息不是 {{\"type\": ..., \"data\": ...}} 的形式：{error}。"),
                )
                .await
            }
        }
    }

    /// Counts a message, and ends the conversation if there are too many.
    async fn count(&mut self) -> ControlFlow<End> {
        if self.allowance.take(Instant::now()) {
            return ControlFlow::Continue(());
        }
        self.finish(close_code::POLICY, "too many messages").await;
        ControlFlow::Break(End::Flooding)
    }

    async fn answer_features(&mut self) -> ControlFlow<End> {
        if self.tongue.dialect != Dialect::ComfyUi {
            return ControlFlow::Continue(());
        }
        let flags = ComfyMessage::FeatureFlags(features::flags(self.limits.upload_bytes));
        self.say(&outgoing(&flags, None)).await
    }

    async fn complain(&mut self, english: &str, chinese: &str) -> ControlFlow<End> {
        let messages = Wording::new(english, chinese);
        let error = ServerMessage::Error(ErrorBody {
            code: ErrorCode::BadRequest,
            message: messages.pick(self.tongue.language).to_owned(),
            messages,
            prompt_id: None,
            hint: None,
        });
        self.say(&outgoing(&error, None)).await
    }

    async fn say(&mut self, message: &Outgoing) -> ControlFlow<End> {
        match self.write(Message::Text(message.text.clone())).await {
            Ok(()) => ControlFlow::Continue(()),
            Err(end) => ControlFlow::Break(end),
        }
    }

    /// Writes something that is not from the outbox; whoever does not take it in time is gone.
    async fn write(&mut self, message: Message) -> Result<(), End> {
        match timeout(self.limits.ping_interval, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(End::Gone),
        }
    }

    async fn close(&mut self, reason: CloseReason) {
        match reason {
            CloseReason::TooSlow => {
                self.finish(close_code::POLICY, "messages were not read fast enough")
                    .await;
            }
            CloseReason::GoingAway => {
                self.finish(close_code::AWAY, "the server is stopping")
                    .await;
            }
        }
    }

    async fn finish(&mut self, code: u16, reason: &'static str) {
        let frame = CloseFrame {
            code,
            reason: reason.into(),
        };
        // It is over either way.
        let _ = self.write(Message::Close(Some(frame))).await;
    }
}

/// How much a client may still say: fills up steadily, to a few seconds' worth.
struct Allowance {
    per_second: f64,
    left: f64,
    at: Instant,
}

impl Allowance {
    const SECONDS: f64 = 5.0;

    fn new(per_second: u32) -> Self {
        let per_second = f64::from(per_second);
        Self {
            per_second,
            left: per_second * Self::SECONDS,
            at: Instant::now(),
        }
    }

    fn take(&mut self, now: Instant) -> bool {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * self.per_second;
        self.at = now;
        self.left = (self.left + gained).min(self.per_second * Self::SECONDS);
        if self.left < 1.0 {
            return false;
        }
        self.left -= 1.0;
        true
    }
}

/// Who has how many sockets open.
pub(crate) struct Seats {
    per_address: usize,
    taken: std::sync::Mutex<std::collections::HashMap<IpAddr, usize>>,
}

impl Seats {
    pub(crate) fn new(per_address: usize) -> Self {
        Self {
            per_address,
            taken: std::sync::Mutex::default(),
        }
    }

    /// # Errors
    /// `TOO_MANY_CONNECTIONS`.
    fn take(self: &Arc<Self>, address: IpAddr) -> Result<Seat, Refusal> {
        let mut taken = self.lock();
        let count = taken.entry(address).or_default();
        if *count >= self.per_address {
            return Err(Refusal::too_many_connections(self.per_address));
        }
        *count += 1;
        drop(taken);
        Ok(Seat {
            seats: Arc::clone(self),
            address,
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, std::collections::HashMap<IpAddr, usize>> {
        self.taken
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// One socket's place, given up when dropped.
struct Seat {
    seats: Arc<Seats>,
    address: IpAddr,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.lock();
        if let Some(count) = taken.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_client_may_say_much_at_once_but_not_forever() {
        let mut allowance = Allowance::new(20);
        let start = allowance.at;
        assert!((0..100).all(|_| allowance.take(start)));
        assert!(!allowance.take(start));
        let later = start + Duration::from_secs(1);
        assert!((0..20).all(|_| allowance.take(later)));
        assert!(!allowance.take(later));
    }

    #[test]
    fn a_seat_that_is_given_up_can_be_taken_again() {
        let seats = Arc::new(Seats::new(1));
        let address = IpAddr::from([127, 0, 0, 1]);
        let seat = seats.take(address).unwrap_or_else(|_| panic!("full"));
        assert!(seats.take(address).is_err());
        assert!(seats.take(IpAddr::from([127, 0, 0, 2])).is_ok());
        drop(seat);
        assert!(seats.take(address).is_ok());
    }
}
