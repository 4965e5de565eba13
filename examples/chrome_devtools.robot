*** Settings ***
Documentation       A real application under test: Chromium, over the WebSocket of its DevTools.
Resource            chromium.resource
Suite Setup         Open DevTools
Suite Teardown      Stop Chromium
Test Tags           browser    client

*** Variables ***
${PAGE}     data:text/html,<title>Hello from a page</title><h1>It works</h1>

*** Test Cases ***
The Browser Tells Its Version
    ${version} =    Ask DevTools    Browser.getVersion
    Should Match Regexp    ${version.product}    ^(Headless)?Chrome/\\d+
    Should Be Equal    ${version.protocolVersion}    1.3

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
Expression Should Be
    [Arguments]    ${expression}    ${expected}
    ${value} =    Evaluate In Page    ${expression}
    Should Be Equal    ${value}    ${expected}
