//! Code of the program that panics with a secret in its words: whoever reads of it reads none.

use fcall::{
    Agent,
    agent::{Approval, CallStatus, Hook, HookCall, HookRequest, HookResult, OnCall, OnRequest, PendingCall},
    message::{Response, ToolResult},
    model::BoxFuture,
    testing::Script,
    tool, tools,
};

use super::assert_answered;

/// Remove an account
#[tool]
fn login(
    user: &str,
    /// The password
    #[arg(secret)]
    password: &str,
) -> String {
    format!("{user} is in, {}", password.len())
}

/// Remove an account
#[tool(destructive)]
fn remove(
    user: &str,
    /// The password
    #[arg(secret)]
    password: &str,
) -> String {
    format!("{user} is gone, {}", password.len())
}

fn script(tool: &str) -> Script {
    Script::new().calls([(tool, r#"{"user":"ann","password":"hunter22"}"#)]).text("done")
}

/// Panics with what it sees, at this place.
struct Clumsy(&'static str);

impl Clumsy {
    fn see(&self, place: &str, what: &str) {
        assert!(self.0 != place, "can't bear {what}");
    }
}

impl Hook for Clumsy {
    fn before_request<'a>(&'a self, request: &'a mut HookRequest<'_>) -> BoxFuture<'a, HookResult<OnRequest>> {
        Box::pin(async move {
            if let Some(call) = request.messages.iter().flat_map(|message| message.tool_calls()).next() {
                self.see("before a request", &call.arguments);
            }
            Ok(OnRequest::Ask)
        })
    }

    fn after_request<'a>(&'a self, response: &'a Response) -> BoxFuture<'a, HookResult<()>> {
        Box::pin(async move {
            response.message.tool_calls().for_each(|call| self.see("after a request", &call.arguments));
            Ok(())
        })
    }

    fn before_call<'a>(&'a self, call: &'a mut HookCall) -> BoxFuture<'a, HookResult<OnCall>> {
        Box::pin(async move {
            self.see("before a call", &call.arguments);
            Ok(OnCall::Go)
        })
    }

    fn after_call<'a>(
        &'a self,
        call: &'a HookCall,
        _: &'a mut ToolResult,
        _: CallStatus,
    ) -> BoxFuture<'a, HookResult<()>> {
        Box::pin(async move {
            self.see("after a call", &call.arguments);
            Ok(())
        })
    }
}

#[tokio::test]
async fn a_hook_that_panics_gives_no_secret_away() {
    for place in ["before a request", "after a request", "before a call", "after a call"] {
        let agent = Agent::builder(script("login")).tools(tools![login]).hook(Clumsy(place)).build().unwrap();
        let error = agent.run("go").await.unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(text.contains("a hook panicked: can't bear"), "{place}: {text}");
        assert!(!text.contains("hunter22"), "{place}: {text}");
        assert_answered(&error.run().expect("the run so far").messages);
    }
}

#[tokio::test]
async fn who_approves_and_panics_gives_no_secret_away() {
    async fn panic(call: PendingCall) -> Approval {
        panic!("can't bear {}", call.arguments)
    }
    let run = Agent::builder(script("remove")).tools(tools![remove]).approve(panic).build().unwrap().run("go").await;
    let run = run.unwrap();
    let call = run.calls().next().expect("a call");
    assert_eq!(call.status, CallStatus::Denied);
    let detail = call.detail.expect("the panic's text");
    assert!(detail.starts_with("can't bear") && !detail.contains("hunter22"), "{detail}");
}
