//! The loop that decides: builds what has changed, starts what was built, ends what was replaced.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{ExitCode, ExitStatus},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender},
    time::{Duration, Instant},
};

use super::{
    address::{Options, Socket},
    app::{App, Stamp},
    changes::Changes,
    compilation::{Broken, Built, Compilation},
    event::{AppMessage, Event},
    failure::{Failure, Step},
    fallback::{Fallback, Reason},
    files::Files,
    report,
    state::{State, StateFile},
};
use crate::{
    error::CliError,
    run::{build::Profile, built, manifest, with_arguments},
    ui::Progress,
};

/// The longest time without a look at everything.
const IDLE: Duration = Duration::from_secs(1);

/// The exit status of a command whose arguments are wrong.
const USAGE: u8 = 2;

/// The interval at which a line of progress is updated, and processes that end are looked at.
const TICK: Duration = Duration::from_millis(50);

/// The time after which a process that ends by itself is started again at once. One that lived for less waits for the next change.
const LIVED: Duration = Duration::from_secs(5);

/// The time for which connections wait for a process that starts, if no other serves.
const START: Duration = Duration::from_secs(3);

/// The supervisor of an app.
pub(super) struct Supervisor {
    root: PathBuf,
    binary: String,
    args: Vec<OsString>,
    profile: Profile,
    options: Options,
    sender: Sender<Event>,
    events: Receiver<Event>,
    files: Files,
    changes: Changes,
    fallback: Fallback,
    /// For the pages of the app, unless it only runs jobs.
    state: Option<StateFile>,
    /// The socket of the app, unless it only runs jobs.
    socket: Option<Socket>,
    build: Option<Compilation>,
    progress: Option<Progress>,
    /// What was built last.
    executable: Option<PathBuf>,
    serving: Option<App>,
    starting: Option<App>,
    ending: Vec<App>,
    failure: Option<Failure>,
    /// Whether the app has refused its arguments.
    refuses_arguments: bool,
    /// The number of the latest build or process.
    number: u64,
}

impl Supervisor {
    /// Listens and watches. Fails if the address is taken.
    pub(super) fn new(
        root: PathBuf,
        args: &[OsString],
        profile: Profile,
        sender: Sender<Event>,
        events: Receiver<Event>,
    ) -> Result<Self, CliError> {
        let options = Options::of(args)?;
        let fallback = Fallback::start();
        let (mut socket, mut state) = (None, None);
        if !options.worker {
            let listening = options.read(&root).listen()?;
            fallback.listen(&listening)?;
            socket = Some(listening);
            state = Some(StateFile::create(&root)?);
        }
        Ok(Self {
            binary: manifest::binary(&root)?,
            files: Files::watch(&root, sender.clone())?,
            state,
            changes: Changes::default(),
            args: args.to_vec(),
            root,
            profile,
            options,
            sender,
            events,
            fallback,
            socket,
            build: None,
            progress: None,
            executable: None,
            serving: None,
            starting: None,
            ending: Vec::new(),
            failure: None,
            refuses_arguments: false,
            number: 0,
        })
    }

    /// Runs until a signal ends it.
    pub(super) fn run(mut self) -> Result<ExitCode, CliError> {
        report::step("watching", "src, config, Cargo.toml, .env (Ctrl-C ends)");
        self.begin_build();
        loop {
            self.set_reason();
            match self.events.recv_timeout(self.patience()) {
                Ok(Event::Signal(_)) | Err(RecvTimeoutError::Disconnected) => {
                    return Ok(self.end());
                }
                Ok(event) => self.take(event)?,
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(progress) = &mut self.progress {
                progress.tick(None);
            }
            self.look_after_processes();
            if self.refuses_arguments {
                self.end();
                return Ok(ExitCode::from(USAGE));
            }
            self.act_on_changes();
        }
    }

    /// The time until something has to be looked at without an event.
    fn patience(&self) -> Duration {
        let is_busy = self.progress.is_some()
            || self.starting.is_some()
            || !self.ending.is_empty()
            || self.serving.as_ref().is_some_and(|app| app.says_no_more);
        let usual = if is_busy { TICK } else { IDLE };
        match self.changes.rest() {
            Some(rest) if self.can_act() => rest.min(usual),
            _ => usual,
        }
    }

    /// Returns whether changes can be acted on now, and not only when the build has ended.
    fn can_act(&self) -> bool {
        let is_to_be_cancelled =
            |build: &Compilation| self.changes.code() && build.can_be_cancelled();
        self.build.as_ref().is_none_or(is_to_be_cancelled)
    }

    fn take(&mut self, event: Event) -> Result<(), CliError> {
        match event {
            Event::Changed(paths) => {
                self.files.follow(&paths)?;
                for path in paths {
                    if let Some(change) = self.files.change(&path) {
                        self.changes
                            .add(change, path.strip_prefix(&self.root).unwrap_or(&path));
                    }
                }
            }
            Event::Overflow => {
                self.files.renew()?;
                self.changes.add_all();
            }
            Event::Blind(reason) => {
                self.files.poll(&reason)?;
                self.changes.add_all();
            }
            Event::Cargo(number, output) => {
                if let Some(build) = self.build.as_mut().filter(|build| build.number == number) {
                    let state = build.take(output);
                    let is_over = build.is_over();
                    if let (Some(progress), Some(state)) = (&mut self.progress, state) {
                        progress.tick(Some(&state));
                    }
                    if is_over {
                        self.end_build()?;
                    }
                }
            }
            Event::App(number, AppMessage::Serves) => self.replace(number),
            Event::App(number, AppMessage::Ended) => {
                for app in self.starting.iter_mut().chain(&mut self.serving) {
                    app.says_no_more |= app.number == number;
                }
            }
            Event::Signal(_) => {}
        }
        Ok(())
    }

    /// Acts on changes, once files have stopped changing.
    fn act_on_changes(&mut self) {
        if !self.changes.are_complete() || !self.can_act() {
            return;
        }
        // A changed setting may be what the build needs.
        let is_broken = self
            .failure
            .as_ref()
            .is_some_and(|failure| failure.step == Step::Build);
        if self.changes.code() || is_broken || self.executable.is_none() {
            self.begin_build();
        } else {
            self.changes.report();
            self.start();
        }
    }

    fn begin_build(&mut self) {
        // One that still runs is cancelled.
        self.build = None;
        self.progress = None;
        self.changes.report();
        self.changes.forget_code();
        self.failure = None;
        self.number += 1;
        self.set_state(State::Building);
        let build = Compilation::start(
            &self.root,
            &self.binary,
            self.profile,
            self.number,
            &self.sender,
        );
        match build {
            Ok(build) => self.build = Some(build),
            Err(error) => {
                return self.fail(Failure::new(
                    Step::Build,
                    "cargo cannot be run",
                    &error.report(),
                ));
            }
        }
        // The log of a process that serves would be written into the line.
        if self.serving.is_none() && self.starting.is_none() {
            self.progress = Some(Progress::new(format!("building {}", self.binary)));
        }
    }

    fn end_build(&mut self) -> Result<(), CliError> {
        self.progress = None;
        let Some(finished) = self.build.take() else {
            return Ok(());
        };
        if self.changes.code() {
            // What was built is out of date already; it is built again at once.
            return Ok(());
        }
        match finished.finish() {
            Ok(built) => self.use_build(built),
            Err(Broken { failure, rendered }) => {
                report::text(&rendered);
                self.fail(failure);
                Ok(())
            }
        }
    }

    fn use_build(&mut self, built: Built) -> Result<(), CliError> {
        self.files.add_sources(&built.executable)?;
        let stamp = Stamp::of(&built.executable);
        let latest = self.starting.as_ref().or(self.serving.as_ref());
        let is_new = latest.is_none_or(|app| app.stamp != stamp);
        self.executable = Some(built.executable);
        if is_new {
            let warnings = match built.warnings {
                0 => String::new(),
                1 => ", 1 warning (`cargo check` shows it)".to_owned(),
                count => format!(", {count} warnings (`cargo check` shows them)"),
            };
            report::step(
                "built",
                format!(
                    "{} in {:.1} s{warnings}",
                    self.binary,
                    built.time.as_secs_f64()
                ),
            );
        }
        if is_new || self.changes.configuration() {
            self.start();
        } else if self.starting.is_none() {
            self.set_state(State::Serving);
        }
        Ok(())
    }

    /// Starts what was built last. The process that serves goes on until the new one does.
    fn start(&mut self) {
        self.changes.forget_configuration();
        if let Some(mut app) = self.starting.take() {
            app.stop();
            self.ending.push(app);
        }
        let Some(executable) = self.executable.clone() else {
            return;
        };
        self.failure.take_if(|failure| failure.step == Step::Start);
        if self.failure.is_none() {
            self.set_state(State::Building);
        }
        match self.started(&executable) {
            Ok(app) => self.starting = Some(app),
            Err(error) => {
                report::text(&format!("{}\n", error.report()));
                self.fail(Failure::new(
                    Step::Start,
                    "the application cannot be started",
                    &error.report(),
                ));
            }
        }
    }

    fn started(&mut self, executable: &Path) -> Result<App, CliError> {
        if !self.options.worker {
            self.follow_address(executable)?;
        }
        let mut command = built(&self.root, executable)?;
        with_arguments(&mut command, "start", &self.args);
        self.number += 1;
        let listener = self.socket.as_ref().map(|socket| &socket.listener);
        App::start(command, listener, self.number, &self.sender)
            .map_err(|error| CliError::io("cannot run", executable, &error))
    }

    /// Listens on another address, if it was changed.
    fn follow_address(&mut self, executable: &Path) -> Result<(), CliError> {
        let Some(address) = self.options.ask(built(&self.root, executable)?) else {
            return Ok(());
        };
        if self
            .socket
            .as_ref()
            .is_none_or(|socket| socket.address != address)
        {
            let socket = address.listen()?;
            self.fallback.listen(&socket)?;
            self.socket = Some(socket);
        }
        Ok(())
    }

    /// Lets the process with this number, which serves now, take the place of the one before.
    fn replace(&mut self, number: u64) {
        let Some(mut app) = self.starting.take_if(|app| app.number == number) else {
            return;
        };
        app.serves_since = Some(Instant::now());
        if let Some(mut before) = self.serving.replace(app) {
            before.stop();
            self.ending.push(before);
        }
        // Otherwise it serves what the files were before.
        if self.build.is_none() && self.failure.is_none() {
            self.set_state(State::Serving);
        }
    }

    /// Notices processes that have ended.
    fn look_after_processes(&mut self) {
        self.ending.retain_mut(|app| {
            app.kill_if_late();
            app.ended().is_none()
        });
        if let Some((mut app, status)) = ended(&mut self.starting) {
            // No change of a file would mend the arguments.
            self.refuses_arguments = status.code() == Some(USAGE.into()) && self.serving.is_none();
            let title = format!("the application ended at its start ({status})");
            self.fail(Failure::new(Step::Start, title, &app.last_words()));
        }
        if let Some((mut app, status)) = ended(&mut self.serving) {
            let title = format!("the application ended by itself ({status})");
            let lived = app
                .serves_since
                .is_some_and(|since| since.elapsed() >= LIVED);
            if self.starting.is_some() {
                report::problem("ended", title);
            } else if lived {
                report::problem("ended", format!("{title}; it is started again"));
                self.start();
            } else {
                self.fail(Failure::new(Step::Start, title, &app.last_words()));
            }
        }
    }

    fn fail(&mut self, failure: Failure) {
        if failure.step == Step::Start {
            self.changes.start_at_the_next();
        }
        let outlook = if self.serving.is_some() {
            "the last build goes on serving"
        } else {
            "the next change tries again"
        };
        if self.build.is_none() {
            self.set_state(State::Failed(&failure));
        }
        report::problem("failed", format!("{}; {outlook}", failure.title));
        self.failure = Some(failure);
    }

    fn set_state(&mut self, state: State<'_>) {
        if let Some(file) = &mut self.state {
            file.set(state);
        }
    }

    /// Responds to requests if nothing else can.
    fn set_reason(&self) {
        let reason = match (&self.serving, &self.starting, &self.failure) {
            (Some(_), ..) => None,
            (None, Some(app), _) => (app.started.elapsed() > START).then_some(Reason::Starting),
            (None, None, Some(failure)) => Some(Reason::Failed(failure.clone())),
            (None, None, None) => Some(Reason::Building),
        };
        self.fallback.set(reason);
    }

    /// Ends everything: the build at once, processes when they have finished their requests, or at a second signal.
    fn end(mut self) -> ExitCode {
        self.progress = None;
        self.build = None;
        let mut apps: Vec<App> = self.ending.drain(..).collect();
        apps.extend(self.starting.take());
        apps.extend(self.serving.take());
        for app in &mut apps {
            app.stop();
        }
        let mut code = ExitCode::SUCCESS;
        loop {
            apps.retain_mut(|app| {
                app.kill_if_late();
                app.ended().is_none()
            });
            if apps.is_empty() {
                return code;
            }
            if let Ok(Event::Signal(number)) = self.events.recv_timeout(TICK) {
                apps.iter_mut().for_each(App::kill);
                code = ExitCode::from(u8::try_from(128 + number).unwrap_or(1));
            }
        }
    }
}

/// Takes a process that has ended, with its exit status.
fn ended(place: &mut Option<App>) -> Option<(App, ExitStatus)> {
    let status = place.as_mut()?.ended()?;
    Some((place.take()?, status))
}
