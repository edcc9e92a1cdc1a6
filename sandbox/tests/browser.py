"""Tests the API page in headless Chromium, with the mouse and with the keyboard alone.

`cargo xtask check browser` starts the sandbox and passes its address, its key, and a folder for screenshots.
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

TIMEOUT = 60  # seconds; rendering takes about ten seconds on a busy machine
MAX_TABS = 150  # the maximum number of Tab presses to reach an element
UUID = "6f0cbb60-33ad-4b4a-8c5f-6a4d1f0a0b0c"
BODY = json.dumps({"site_slug": "my-store", "data": {"uuid": UUID}})

AUTHORIZE = ".auth-wrapper > .btn.authorize"
DIALOG = ".dialog-ux .modal-ux"
FILTER = "input.operation-filter-input"
OPERATION = "#operations-Visitors-createVisitor"
CONTROL = f"{OPERATION} .opblock-summary-control"
TRY_IT_OUT = f"{OPERATION} .try-out__btn"
BODY_FIELD = f"{OPERATION} textarea.body-param__text"
EXECUTE = f"{OPERATION} .btn.execute"
RESPONSE = f"{OPERATION} .live-responses-table .response"

FLAGS = """
    --headless --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update
    --disable-sync --disable-dev-shm-usage --window-size=1280,1400
"""

# Describes the focused element: whether it matches the selector, has an outline, and is in the viewport.
FOCUS = """
    const element = document.activeElement;
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    return {
        name: element.outerHTML.slice(0, 120),
        found: element.matches(arguments[0]),
        outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        inView: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
        isBody: element === document.body,
    };
"""


class Page:
    """A page in its own browser."""

    def __init__(self, address, profile):
        self.address = address
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for flag in FLAGS.split():
            options.add_argument(flag)
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")
        options.add_argument(f"--user-data-dir={profile}")
        # Only the sandbox is reachable, because the page must not need any other server.
        options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
        self.driver = webdriver.Chrome(options=options, service=service)

    def open(self, path):
        self.driver.get(f"{self.address}{path}")
        self.see(".opblock")

    def see(self, selector, text=""):
        """Waits until an element is displayed and contains the text."""

        def found(driver):
            elements = driver.find_elements(By.CSS_SELECTOR, selector)
            return next((element for element in elements if element.is_displayed() and text in element.text), None)

        message = f"`{selector}` with {text!r} is not displayed"
        return WebDriverWait(self.driver, TIMEOUT, ignored_exceptions=[StaleElementReferenceException]).until(found, message)

    def settled(self, selector):
        """Waits until an element is displayed and has stopped moving, since clicks on a moving page are lost."""
        positions = [None]

        def is_still(_driver):
            positions.append(self.see(selector).rect)
            return positions[-1] == positions[-2]

        WebDriverWait(self.driver, TIMEOUT).until(is_still, f"`{selector}` does not stop moving")
        return self.see(selector)

    def gone(self, selector):
        message = f"`{selector}` is still present"
        absent = lambda driver: not driver.find_elements(By.CSS_SELECTOR, selector)
        WebDriverWait(self.driver, TIMEOUT).until(absent, message)

    def problems(self):
        """Returns console messages, except for the expected 401, and requests to other servers."""
        entries = [entry["message"] for entry in self.driver.get_log("browser")]
        found = [entry for entry in entries if "status of 401" not in entry]
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                # The browser's start page also sends requests.
                is_ours = message["params"]["documentURL"].startswith(self.address)
                if is_ours and not url.startswith((f"{self.address}/", "data:")):
                    found.append(f"requested {url}")
        return found


class Mouse:
    """Uses the mouse, and the keyboard only to type."""

    def __init__(self, page):
        self.page = page

    def use(self, selector):
        self.page.settled(selector).click()

    def write(self, selector, text):
        field = self.page.settled(selector)
        field.click()
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(text)


class Keyboard:
    """Uses the keyboard only. Every focused element must have an outline and be in the viewport."""

    def __init__(self, page):
        self.page = page
        self.tabs = 0

    def press(self, *keys):
        webdriver.ActionChains(self.page.driver).send_keys(*keys).perform()

    def reach(self, selector):
        self.page.see(selector)
        for _ in range(MAX_TABS):
            focus = self.page.driver.execute_script(FOCUS, selector)
            if not focus["isBody"]:
                assert focus["outlined"], f"no focus outline on {focus['name']}"
                assert focus["inView"], f"the focused element is out of view: {focus['name']}"
            if focus["found"]:
                return
            self.press(Keys.TAB)
            self.tabs += 1
        raise AssertionError(f"the Tab key doesn't reach `{selector}`")

    def use(self, selector):
        self.reach(selector)
        # Buttons react to both keys; the test alternates between them.
        self.press(Keys.SPACE if self.tabs % 2 else Keys.ENTER)

    def write(self, selector, text):
        self.reach(selector)
        webdriver.ActionChains(self.page.driver).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).perform()
        self.press(text)


def try_it_out(page, hand, key):
    """Executes an operation without the key, which fails, and with the key and an edited body, which succeeds."""
    page.open("/api-docs/")
    assert page.driver.title == "Talkable sandbox: the API", page.driver.title
    hand.write(FILTER, "Visitors")
    page.gone("#operations-tag-Assets")
    hand.use(CONTROL)
    hand.use(TRY_IT_OUT)
    hand.use(EXECUTE)
    page.see(RESPONSE, "401")

    hand.use(AUTHORIZE)
    hand.write(f"{DIALOG} input", key)
    hand.use(f"{DIALOG} button.authorize")
    page.see(DIALOG, "Logout")
    hand.use(f"{DIALOG} .btn-done")
    page.gone(DIALOG)

    hand.write(BODY_FIELD, BODY)
    hand.use(EXECUTE)
    page.see(RESPONSE, "200")
    page.see(RESPONSE, f'"uuid": "{UUID}"')


def by_mouse(page, key):
    try_it_out(page, Mouse(page), key)
    page.see(f"{OPERATION} .tablinks", "Schema").click()
    page.see(f"{OPERATION} .model-box")


def by_keyboard(page, key):
    keyboard = Keyboard(page)
    try_it_out(page, keyboard, key)
    print(f"by_keyboard: pressed the Tab key {keyboard.tabs} times")


def webhooks(page, _key):
    page.open("/api-docs/webhooks/")
    assert page.driver.title == "Talkable sandbox: the webhooks", page.driver.title
    operations = page.driver.find_elements(By.CSS_SELECTOR, ".opblock")
    assert len(operations) == 9, f"there are {len(operations)} webhooks"
    page.see(".opblock-summary-control").click()
    page.see(".opblock-body")
    page.gone(".try-out__btn")


def main(address, key, screenshots):
    screenshots = Path(screenshots)
    screenshots.mkdir(parents=True, exist_ok=True)
    for flow in (by_mouse, by_keyboard, webhooks):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            page = Page(address, profile)
            try:
                flow(page, key)
                problems = page.problems()
                assert not problems, "problems in the browser:\n  " + "\n  ".join(problems)
                print(f"{flow.__name__}: ok")
            except Exception:
                print(f"{flow.__name__}: FAILED, see {screenshots}/{flow.__name__}.png", file=sys.stderr)
                raise
            finally:
                page.driver.save_screenshot(str(screenshots / f"{flow.__name__}.png"))
                page.driver.quit()


if __name__ == "__main__":
    main(*sys.argv[1:])
