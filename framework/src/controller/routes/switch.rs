//! Routes that a setting switches on and off: pages of the framework in an application.

use super::{Entry, RouteInfo, Routes};
use crate::config::Config;

/// A setting that switches routes on and off. They are pages for people, which the description of the API leaves out.
#[derive(Clone, Copy)]
pub(crate) struct Switch {
    /// A noun for messages.
    pub(crate) name: &'static str,
    /// The setting, `true` if they are served.
    pub(crate) setting: &'static str,
    /// Reads the setting.
    pub(crate) is_on: fn(&Config) -> bool,
}

impl Routes {
    /// Lets a setting switch the routes of this list on and off.
    #[cfg(feature = "jobs-board")]
    pub(crate) fn switched_by(mut self, switch: Switch) -> Self {
        for entry in &mut self.entries {
            entry.switch = Some(switch);
        }
        self
    }

    /// Leaves out the routes that are switched off, and serves pages below the names of languages if that is configured.
    pub(crate) fn configured(mut self, config: &Config) -> Self {
        if config.views.locale_in_path {
            self.locales = config.views.locales.iter().skip(1).cloned().collect();
        }
        let is_off = |switch: &Switch| !(switch.is_on)(config);
        self.entries
            .retain(|entry| !entry.switch.as_ref().is_some_and(is_off));
        self
    }

    /// The routes with a switch for which `condition` holds: of each switch the first one.
    pub(crate) fn switched(
        &self,
        condition: impl Fn(&Switch, &RouteInfo) -> bool,
    ) -> Vec<(Switch, &RouteInfo)> {
        let mut found: Vec<(Switch, &RouteInfo)> = Vec::new();
        for Entry { info, switch, .. } in &self.entries {
            if let Some(switch) = switch
                && found.iter().all(|(other, _)| other.name != switch.name)
                && condition(switch, info)
            {
                found.push((*switch, info));
            }
        }
        found
    }
}
