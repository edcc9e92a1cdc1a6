"""Tests the API page and the activity page in headless Chromium, with the mouse and with the keyboard alone.

`cargo xtask check browser` starts the sandbox and passes its address, its key, and a folder for screenshots.
"""

import importlib.resources
import json
import os
import shutil
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

# The package is for another driver; only the script that it contains is used.
AXE = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()

TIMEOUT = 60  # seconds; rendering takes about ten seconds on a busy machine
MAX_TABS = 300  # the maximum number of Tab presses to reach an element
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

    def __init__(self, address, profile, screenshots):
        self.address = address
        self.screenshots = screenshots
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

    def check_accessibility(self):
        """Fails on violations that axe finds outside Swagger UI's own elements."""
        self.driver.execute_script(AXE)
        results = self.driver.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
        found = []
        for violation in results["violations"]:
            for node in violation["nodes"]:
                element = self.driver.find_element(By.CSS_SELECTOR, node["target"][0])
                if not self.driver.execute_script("return !!arguments[0].closest('.swagger-ui')", element):
                    found.append(f"{violation['id']}: {violation['help']}: {node['html'][:120]}")
        assert not found, "axe found violations:\n  " + "\n  ".join(found)

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


def all_examples(page, key):
    """Executes all operations in the order of the page without edits, twice."""
    for round_number in range(2):
        page.open("/api-docs/")
        page.check_accessibility()
        landmarks = page.driver.find_elements(By.TAG_NAME, "main")
        assert len(landmarks) == 1, f"the page has {len(landmarks)} main elements"
        hand = Mouse(page)
        hand.use(AUTHORIZE)
        hand.write(f"{DIALOG} input", key)
        hand.use(f"{DIALOG} button.authorize")
        hand.use(f"{DIALOG} .btn-done")
        page.gone(DIALOG)
        ids = [element.get_attribute("id") for element in page.driver.find_elements(By.CSS_SELECTOR, ".opblock")]
        # An operation with several tags is on the page several times.
        first = {identifier.rsplit("-", 1)[-1]: identifier for identifier in reversed(ids)}
        ordered = [identifier for identifier in ids if first[identifier.rsplit("-", 1)[-1]] == identifier]
        for identifier in ordered:
            execute(page, f"[id='{identifier}']", round_number)
        print(f"all_examples: executed {len(ordered)} operations")


def execute(page, operation, round_number):
    def click(selector):
        page.driver.execute_script("arguments[0].click()", page.see(f"{operation} {selector}"))

    click(".opblock-summary-control")
    click(".try-out__btn")
    for field in page.driver.find_elements(By.CSS_SELECTOR, f"{operation} input[type=file]"):
        path = Path(tempfile.mkdtemp()) / f"round-{round_number}.txt"
        path.write_text("file")
        field.send_keys(str(path))
    click(".btn.execute")
    status = page.see(f"{operation} .live-responses-table .response .response-col_status").text
    assert status.startswith("2"), f"{operation}: {page.see(f'{operation} .live-responses-table').text}"
    click(".opblock-summary-control")


class Receiver:
    """A webhook receiver that counts the webhooks."""

    def __init__(self):
        receiver = self
        self.count = 0

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                receiver.count += 1
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/"


class Api:
    """Calls the sandbox, as the shop does."""

    def __init__(self, address, key):
        self.address = address
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def __call__(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.address}{path}", data, self.headers, method=method)
        with urllib.request.urlopen(request) as response:
            return json.load(response).get("result")

    def purchase(self, email, number):
        data = {"email": email, "order_number": number, "subtotal": 80}
        return self("POST", "/api/v2/origins/purchase", {"site_slug": "my-store", "data": data})


def activity(page, key):
    """Follows a referral from the purchase to the reward, with the keyboard alone, and uses all controls."""
    api, receiver, keyboard = Api(page.address, key), Receiver(), Keyboard(page)
    api("PUT", "/sandbox/webhooks", {"site_slug": "my-store", "url": receiver.url, "key": "k"})
    page.driver.get(f"{page.address}/")
    assert page.driver.title == "Talkable sandbox: activity", page.driver.title
    page.check_accessibility()
    keyboard.write("#key", key)
    keyboard.press(Keys.ENTER)
    page.see("#message", "Connected.")

    code = api.purchase("ann@example.com", "w-1")["offer"]["short_url_code"]
    api("GET", f"/x/{code}?email=ben@example.com")
    api.purchase("ben@example.com", "w-2")
    page.see("#requests tr", "/api/v2/origins/purchase")
    page.see("#requests tr", "/x/{code}")
    approved = {"site_slug": "my-store", "data": {"status": "approved"}}
    api("PUT", "/api/v2/origins/w-2/referral", approved)
    page.see("#requests tr", "/api/v2/origins/{origin_slug}/referral")
    page.see("#webhooks tr", "referral_web_hook")
    keyboard.reach("#kind")
    for _ in range(20):
        if page.driver.execute_script("return document.activeElement.value") == "rewards":
            break
        keyboard.press(Keys.ARROW_DOWN)
    page.see("#records tr", "Paid")
    page.check_accessibility()
    page.driver.execute_script("document.getElementById('webhooks-title').scrollIntoView()")
    page.driver.save_screenshot(str(page.screenshots / "activity_referral.png"))
    page.driver.execute_script("document.activeElement.scrollIntoView()")

    keyboard.use("#requests tr:first-child button")
    page.see("#details pre", "approved")
    page.check_accessibility()
    page.driver.save_screenshot(str(page.screenshots / "activity_bodies.png"))
    keyboard.press(Keys.ESCAPE)
    WebDriverWait(page.driver, TIMEOUT).until(lambda driver: not driver.find_element(By.ID, "details").is_displayed())

    before = receiver.count
    keyboard.use("#webhooks tr:first-child button:last-child")
    page.see("#message", "Queued")
    WebDriverWait(page.driver, TIMEOUT).until(lambda _: receiver.count == before + 1, "the webhook is not resent")

    times = []
    for seconds in (3600, 86400):
        times.append(page.see("#now").text)
        keyboard.use(f"[data-seconds='{seconds}']")
        page.see("#message", "Advanced the clock")
        WebDriverWait(page.driver, TIMEOUT).until(lambda _: page.see("#now").text[:13] != times[-1][:13])

    keyboard.write("#fault-server_errors", "1")
    keyboard.press(Keys.ENTER)
    page.see("#message", "Applied the faults.")
    try:
        api("GET", "/api/v2/campaigns?site_slug=my-store")
        raise AssertionError("the request succeeds although all requests should fail")
    except urllib.error.HTTPError as error:
        assert error.code >= 500
    page.see("#requests tr:first-child .failed", "50")
    keyboard.use("#off")
    page.see("#message", "Switched all faults off.")
    api("GET", "/api/v2/campaigns?site_slug=my-store")
    print(f"activity: pressed the Tab key {keyboard.tabs} times")


def restart(page, key):
    """Simulates an outage and a restart of the sandbox by changing the responses that the page's script gets."""
    page.driver.get(f"{page.address}/sandbox/")
    Mouse(page).write("#key", key + Keys.ENTER)
    page.see("#message", "Connected.")
    page.see("#requests")
    page.driver.execute_script(
        """
        const real = window.fetch;
        window.changes = 0;
        new MutationObserver(() => window.changes++).observe(document.getElementById("message"), { childList: true });
        window.fetch = async () => { throw new TypeError("offline"); };
        window.recover = () => { window.fetch = real; };
        window.restart = () => {
            window.fetch = async (...args) => {
                const response = await real(...args);
                const envelope = await response.json();
                if (args[0] === "state") envelope.result.responses_sent = 0;
                return new Response(JSON.stringify(envelope));
            };
        };
        """
    )
    page.see("#message", "The sandbox does not respond: offline")
    time.sleep(3)
    changes = page.driver.execute_script("return window.changes")
    assert changes == 1, f"the message is set {changes} times"
    page.driver.execute_script("window.recover()")
    page.see("#message", "The sandbox responds again.")
    page.driver.execute_script("window.restart()")
    is_reloaded = lambda driver: driver.execute_script("return window.changes === undefined")
    WebDriverWait(page.driver, TIMEOUT).until(is_reloaded, "the page is not reloaded after a restart")
    page.see("#message", "Connected.")


def main(address, key, screenshots):
    screenshots = Path(screenshots)
    screenshots.mkdir(parents=True, exist_ok=True)
    for flow in (by_mouse, by_keyboard, webhooks, all_examples, activity, restart):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            page = Page(address, profile, screenshots)
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
