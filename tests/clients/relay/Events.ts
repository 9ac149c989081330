import { graphql } from "relay-runtime";

export const issues = graphql`
  subscription EventsIssuesSubscription(
    $where: IssueEventWhere
    $after: String
  ) {
    issueEvents(where: $where, after: $after) {
      type
      at
      seq
      resumeToken
      issue {
        id
        ...Board_issue
      }
    }
  }
`;

export const notices = graphql`
  subscription EventsNotificationsSubscription($after: String) {
    notifications(after: $after) {
      resumeToken
      notifications {
        id
        targetLabel
        percent
        issue {
          id
          code
        }
      }
    }
  }
`;
