*** Settings ***
Documentation       A real application under test: Chromium, over the WebSocket of its DevTools.
...                 https://chromedevtools.github.io/devtools-protocol/ tells what can be asked.
Resource            chromium.resource
Suite Setup         Open DevTools
Suite Teardown      Stop Chromium

*** Variables ***
${PAGE}     data:text/html,<title>Hello from a page</title><h1>It works</h1>

*** Test Cases ***
The Browser Tells Its Version
    ${version} =    Ask DevTools    Browser.getVersion
    Should Match Regexp    ${version}[product]    ^(Headless)?Chrome/\\d+
    Should Be Equal    ${version}[protocolVersion]    1.3

A Page Tells Its Title
    Open Page    ${PAGE}
    Expression Should Be    document.title    Hello from a page
    Expression Should Be    document.querySelector('h1').textContent    It works

A Page Computes
    Open Page    about:blank
    Expression Should Be    [1, 2, 3].map(x => x * x).join()    1,4,9

A Wrong Question Is Answered With An Error
    [Documentation]    The test fails with the browser's own words. Here that is what we expect.
    Run Keyword And Expect Error    Browser.getColor: 'Browser.getColor' wasn't found
    ...    Ask DevTools    Browser.getColor

*** Keywords ***
Open DevTools
    ${url} =    Start Chromium
    Open WebSocket    ${url}    alias=browser

Open Page
    [Documentation]    Opens a page, and makes the connection to it the current one until the test ends.
    [Arguments]    ${address}
    ${target} =    Ask DevTools    Target.createTarget    url=about:blank
    ${base} =    Evaluate    $websocket.url.partition('/devtools')[0]
    Open WebSocket    ${base}/devtools/page/${target}[targetId]    alias=page
    Ask DevTools    Page.enable
    Ask DevTools    Page.navigate    url=${address}
    Wait For Event    Page.loadEventFired

Wait For Event
    [Documentation]    Answers and events come mixed; what comes before the event is not needed here.
    [Arguments]    ${event}
    FOR    ${_}    IN RANGE    1000
        ${message} =    Wait For Message    timeout=10s
        ${method} =    Evaluate    json.loads($message).get('method')
        IF    $method == $event    RETURN
    END
    Fail    The page sent 1000 messages, and none of them was the event ${event}.

Expression Should Be
    [Arguments]    ${expression}    ${expected}
    ${answer} =    Ask DevTools    Runtime.evaluate    expression=${expression}
    Should Be Equal    ${answer}[result][value]    ${expected}
